"""Builds back-adjusted series from file to file with peakctl and with four other tools, in one run, and compares.

usage: bench.py --peakctl PROGRAM --generator PROGRAM [--folder DIR] [--rounds 5] [--sets S8,L40] [--scale] [--json FILE]

Every build is a process of its own; rounds are interleaved, so that a busy machine is busy for all. CPU-seconds are user
and system time of the whole process. Those of the Python tools are also given without the import of the library; ratios
are stated against both. Peak memory is the process's largest resident set; it cannot read below this program's own.
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
    """One process: CPU-seconds, wall, peak memory, and what its last line of JSON says of the import."""
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
    import_cpu = told.get("import_cpu_s", 0.0)
    return {"cpu_s": cpu, "work_cpu_s": cpu - import_cpu, "wall_s": wall, "peak_mb": usage.ru_maxrss / 1024}


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
    header = f"{'tool':<26}{'CPU-s':>8}{'without import':>16}{'wall s':>8}{'peak MB':>9}"
    judge = medians.get(JUDGE)
    print(header + (f"{'of polars':>11}{'w/o import':>12}{'memory':>8}" if judge else ""))
    for name, row in medians.items():
        line = f"{name:<26}{row['cpu_s']:>8.2f}{row['work_cpu_s']:>16.2f}{row['wall_s']:>8.2f}{row['peak_mb']:>9.0f}"
        if judge:
            ratios = [row["cpu_s"] / judge["cpu_s"], row["work_cpu_s"] / judge["work_cpu_s"]]
            line += f"{ratios[0]:>10.2f}x{ratios[1]:>11.2f}x{row['peak_mb'] / judge['peak_mb']:>7.2f}x"
        print(line)


def claims(medians):
    """What is asked of the large set, each with the figure and the limit; polars counts without its import."""
    judge = medians[JUDGE]
    same, checked = medians["ours"], medians["ours+sessions+content"]
    return [
        ("same work as polars, CPU ratio", same["cpu_s"] / judge["work_cpu_s"], 0.5),
        ("sessions and content digest, CPU ratio", checked["cpu_s"] / judge["work_cpu_s"], 0.8),
        ("peak memory ratio", max(same["peak_mb"], checked["peak_mb"]) / judge["peak_mb"], 0.7),
        ("Peak_Trade digest alone, CPU-s", medians["ours+peak_trade digest"]["cpu_s"] - same["cpu_s"], 2.0),
        ("session validation alone, CPU-s", medians["ours+sessions"]["cpu_s"] - same["cpu_s"], 0.3),
    ]


def print_claims(rows):
    print()
    for text, figure, limit in rows:
        print(f"{text:<42}{figure:>7.3f}  {'holds' if figure <= limit else 'MISSED'} (at most {limit})")


def compare(arguments, name, folder):
    """Compares all outputs of a set cell by cell with those of pandas."""
    outputs = [folder / "out" / f"{tool}.parquet" for tool in ["pandas", *OURS, *PEERS]]
    subprocess.run([sys.executable, HERE / "compare.py", *outputs], check=True)


def bench_set(arguments, name):
    folder = generate(arguments, name, SETS[name])
    out = folder / "out"
    out.mkdir()
    commands = {tool: ours(arguments, folder, out / f"{tool}.parquet", flags) for tool, flags in OURS.items()}
    commands |= {tool: peer(tool, folder, out / f"{tool}.parquet") for tool in PEERS}
    medians = run_rounds(commands, arguments.rounds)
    print_table(f"{name}, BACK_ADJUST, medians of {arguments.rounds}", medians)
    compare(arguments, name, folder)
    return medians


def bench_scale(arguments):
    """Ten times the contracts: ten times the time, the same memory."""
    medians = {}
    for name, made_from in SCALE.items():
        folder = generate(arguments, name, made_from)
        output = folder / "series.parquet"
        flags = {tool: OURS[tool] for tool in ["ours", "ours as the original"]}
        commands = {f"{name} {tool}": ours(arguments, folder, output, flag) for tool, flag in flags.items()}
        medians |= run_rounds(commands, arguments.rounds)
    print_table("400 contracts beside 40", medians)
    rows = []
    for tool in ["ours", "ours as the original"]:
        small, large = medians[f"X40 {tool}"], medians[f"X400 {tool}"]
        rows.append((f"{tool}, CPU of 400 over ten times 40", large["cpu_s"] / (10 * small["cpu_s"]), 1.1))
        rows.append((f"{tool}, memory of 400 over 40", large["peak_mb"] / small["peak_mb"], 1.25))
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
        result = {"own_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "load": os.getloadavg()}
        for name in arguments.sets.split(","):
            result[name] = {"medians": bench_set(arguments, name)}
        if "L40" in result:
            result["L40"]["claims"] = claims(result["L40"]["medians"])
            print_claims(result["L40"]["claims"])
        if arguments.scale:
            result["scale"] = bench_scale(arguments)
        print(f"\nload at the start {result['load'][0]:.1f}; this program's own peak {result['own_peak_mb']:.0f} MB")
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
