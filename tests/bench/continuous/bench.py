"""Builds back-adjusted series from file to file with peakctl and with four other tools, in one run, and compares.

usage: bench.py --peakctl PROGRAM --generator PROGRAM [--folder DIR] [--rounds 5] [--sets S8,L40] [--scale] [--json FILE]

Every build is a process of its own; rounds are interleaved, so that a busy machine is busy for all. CPU-seconds are user
and system time of the whole process, peak memory is its largest resident set, which cannot read below this program's own.
The Python tools are also given without the import of their library, interpreter included: CPU-seconds after it, and memory
above what was resident then. Ratios are stated against both.

Exits 1 where an output differs or a claim is missed.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SETS = {"S8": ["NQH2024", "8"], "L40": ["NQH2016", "40"]}
#: Contracts of the scale run, which is ours alone, and the first of them.
SCALE = {"X40": ["NQH1995", "40"], "X400": ["NQH1995", "400"]}
SESSIONS = ["--validation", "sessions", "--calendar-file", str(HERE / "weekdays.toml")]
#: Our builds, by what is checked and hashed on the way.
OURS = {
    "ours": ["--validation", "none", "--digest", "none"],
    "ours+sessions": [*SESSIONS, "--digest", "none"],
    "ours+sessions+content": [*SESSIONS, "--digest", "content"],
    "ours+peak_trade digest": ["--validation", "none", "--digest", "peak_trade"],
    "ours as the original": ["--validation", "original", "--digest", "peak_trade"],
}
PEERS = ["polars-stream-snappy", "polars-stream-zstd", "polars-eager", "duckdb", "pandas"]
#: What the Python tools are judged by: polars with the codec that ours writes.
JUDGE = "polars-stream-snappy"
#: Most CPU of 400 contracts over ten times that of 40: a tenth for the spread between runs on a shared machine.
SCALE_CPU_MAX = 1.1
#: Most memory of 400 contracts over that of 40. Bars held for longer than their contract's turn would make it ten; a quarter
#: leaves room for what there is one of a contract (its name, segment, offset) and for the spread between runs.
SCALE_MEMORY_MAX = 1.25
REWRITE = """
import sys
from pathlib import Path
import pandas as pd
for path in sorted(Path(sys.argv[1]).glob("*.parquet")):
    pd.read_parquet(path).to_parquet(path)
"""


def generate(arguments, name, made_from):
    """A set as pandas writes it, so that no tool reads its own dialect."""
    folder = arguments.folder / name
    subprocess.run([arguments.generator, folder, *made_from], check=True)
    subprocess.run([sys.executable, "-c", REWRITE, folder], check=True)
    return folder


def ours(arguments, folder, output, flags):
    command = [arguments.peakctl, "build", "--compat", "peak_trade", "--adjustment", "BACK_ADJUST", *flags]
    return [*command, "--input-dir", folder, "--segments-json", folder / "segments.json", "--output-parquet", output]


def peer(tool, folder, output):
    return [sys.executable, HERE / "peers.py", tool, folder, output]


def measure(command):
    """One process: CPU-seconds, wall and peak memory, also without what its last line of JSON says of the import."""
    with tempfile.TemporaryFile("w+") as stdout:
        started = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=stdout)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"{command} ended with {process.returncode}")
        stdout.seek(0)
        last = stdout.read().strip().splitlines()[-1:]
    cpu = usage.ru_utime + usage.ru_stime
    told = json.loads(last[0]) if last and last[0].startswith("{") else {}
    peak = usage.ru_maxrss / 1024
    return {
        "cpu_s": cpu,
        "work_cpu_s": cpu - told.get("import_cpu_s", 0.0),
        "wall_s": wall,
        "peak_mb": peak,
        "work_peak_mb": peak - told.get("import_peak_mb", 0.0),
    }


def run_rounds(commands, rounds):
    """Medians of interleaved rounds, by tool."""
    runs = {name: [] for name in commands}
    for nth in range(rounds):
        for name, command in commands.items():
            runs[name].append(measure(command))
            print(f"round {nth + 1}, {name}: {runs[name][-1]['cpu_s']:.2f} CPU-s", file=sys.stderr)
    median = lambda name, key: statistics.median(run[key] for run in runs[name])
    return {name: {key: median(name, key) for key in runs[name][0]} for name in commands}


def print_table(title, medians):
    print(f"\n{title}")
    header = f"{'tool':<26}{'CPU-s':>8}{'w/o import':>12}{'wall s':>8}{'peak MB':>9}{'w/o import':>12}"
    judge = medians.get(JUDGE)
    print(header + (f"   of polars:{'CPU':>7}{'w/o import':>12}{'memory':>8}{'w/o import':>12}" if judge else ""))
    for name, row in medians.items():
        line = f"{name:<26}{row['cpu_s']:>8.2f}{row['work_cpu_s']:>12.2f}{row['wall_s']:>8.2f}"
        line += f"{row['peak_mb']:>9.0f}{row['work_peak_mb']:>12.0f}"
        if judge:
            ratio = {key: row[key] / judge[key] for key in row}
            line += f"{ratio['cpu_s']:>19.2f}x{ratio['work_cpu_s']:>11.2f}x"
            line += f"{ratio['peak_mb']:>7.2f}x{ratio['work_peak_mb']:>11.2f}x"
        print(line)


def claims(medians):
    """What is asked of the large set, each with the figure and the limit.

    CPU of polars counts without its import. Memory counts whole, because a user's machine has to hold the library, too;
    the table gives the other ratio beside it.
    """
    judge = medians[JUDGE]
    same, checked = medians["ours"], medians["ours+sessions+content"]
    return [
        ("same work as polars, CPU ratio", same["cpu_s"] / judge["work_cpu_s"], 0.5),
        ("sessions and content digest, CPU ratio", checked["cpu_s"] / judge["work_cpu_s"], 0.8),
        ("peak memory ratio", max(same["peak_mb"], checked["peak_mb"]) / judge["peak_mb"], 0.7),
        ("Peak_Trade digest alone, CPU-s", medians["ours+peak_trade digest"]["cpu_s"] - same["cpu_s"], 2.0),
        ("session validation alone, CPU-s", medians["ours+sessions"]["cpu_s"] - same["cpu_s"], 0.3),
    ]


def missed(rows):
    """The claims that do not hold."""
    return [text for text, figure, limit in rows if figure > limit]


def print_claims(rows):
    print()
    for text, figure, limit in rows:
        verdict = "MISSED" if text in missed(rows) else "holds"
        print(f"{text:<42}{figure:>7.3f}  {verdict} (at most {limit})")


def output_folder(folder):
    """Where a set's series go; the same folder serves a later run, which writes each file anew."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    return out


def compare(out):
    """Compares all outputs of a set cell by cell with those of pandas."""
    outputs = [out / f"{tool}.parquet" for tool in ["pandas", *OURS, *PEERS]]
    subprocess.run([sys.executable, HERE / "compare.py", *outputs], check=True)


def bench_set(arguments, name):
    folder = generate(arguments, name, SETS[name])
    out = output_folder(folder)
    commands = {tool: ours(arguments, folder, out / f"{tool}.parquet", flags) for tool, flags in OURS.items()}
    commands |= {tool: peer(tool, folder, out / f"{tool}.parquet") for tool in PEERS}
    medians = run_rounds(commands, arguments.rounds)
    print_table(f"{name}, BACK_ADJUST, medians of {arguments.rounds}", medians)
    compare(out)
    return medians


def bench_scale(arguments):
    """Ten times the contracts: ten times the time, the same memory."""
    medians = {}
    for name, made_from in SCALE.items():
        folder = generate(arguments, name, made_from)
        output = output_folder(folder) / "series.parquet"
        flags = {tool: OURS[tool] for tool in ["ours", "ours as the original"]}
        commands = {f"{name} {tool}": ours(arguments, folder, output, flag) for tool, flag in flags.items()}
        medians |= run_rounds(commands, arguments.rounds)
    print_table("400 contracts beside 40", medians)
    rows = []
    for tool in ["ours", "ours as the original"]:
        small, large = medians[f"X40 {tool}"], medians[f"X400 {tool}"]
        rows.append((f"{tool}, CPU of 400 over ten times 40", large["cpu_s"] / (10 * small["cpu_s"]), SCALE_CPU_MAX))
        rows.append((f"{tool}, memory of 400 over 40", large["peak_mb"] / small["peak_mb"], SCALE_MEMORY_MAX))
    print_claims(rows)
    return {"medians": medians, "claims": rows}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peakctl", required=True)
    parser.add_argument("--generator", required=True)
    parser.add_argument("--folder", type=Path, help="where sets are made [default: a scratch folder]")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sets", default="S8,L40")
    parser.add_argument("--scale", action="store_true", help="also 400 contracts, ours alone: 1.3 GB of files")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    unknown = [name for name in arguments.sets.split(",") if name not in SETS]
    if unknown:
        parser.error(f"--sets: {unknown} are not among {list(SETS)}")
    with tempfile.TemporaryDirectory() as scratch:
        arguments.folder = arguments.folder or Path(scratch)
        result = {"load": os.getloadavg()}
        rows = []
        for name in arguments.sets.split(","):
            result[name] = {"medians": bench_set(arguments, name)}
        if "L40" in result:
            result["L40"]["claims"] = claims(result["L40"]["medians"])
            print_claims(result["L40"]["claims"])
            rows += result["L40"]["claims"]
        if arguments.scale:
            result["scale"] = bench_scale(arguments)
            rows += result["scale"]["claims"]
        # Read last: a child begins as a copy of this program, and this program has grown meanwhile.
        result["own_peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"\nload at the start {result['load'][0]:.1f}; this program's own peak {result['own_peak_mb']:.0f} MB")
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1))
    sys.exit(1 if missed(rows) else 0)


if __name__ == "__main__":
    main()
