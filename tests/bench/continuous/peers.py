"""Builds a back-adjusted series from file to file with one library, as its user would write it.

usage: peers.py TOOL INPUT_DIR OUTPUT

None of these validates or hashes; the polars stream does not sort or drop repeated minutes either. The last line of the
output is JSON: what this process had taken when its library was imported, CPU-seconds and the largest resident set.
"""

import json
import resource
import sys
from datetime import datetime, timezone
from pathlib import Path

PRICES = ["open", "high", "low", "close"]


def taken_so_far():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {"import_cpu_s": usage.ru_utime + usage.ru_stime, "import_peak_mb": usage.ru_maxrss / 1024}


def instant(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def offsets(first_closes, last_closes):
    """Points added to each contract: the newest stays, each older one is moved to the one after it."""
    added = [0.0] * len(first_closes)
    for older in range(len(added) - 2, -1, -1):
        added[older] = (first_closes[older + 1] + added[older + 1]) - last_closes[older]
    return added


def polars_stream(segments, folder, output, compression):
    """The lazy query: closes beside the rolls first, then one streaming sink."""
    import polars as pl

    imported = taken_so_far()
    parts = [
        pl.scan_parquet(folder / f"{segment['contract_symbol']}.parquet").filter(
            pl.col("timestamp").is_between(instant(segment["start_ts"]), instant(segment["end_ts"]))
        )
        for segment in segments
    ]
    ends = pl.collect_all(
        [part.select(pl.col("close").first().alias("first"), pl.col("close").last().alias("last")) for part in parts]
    )
    added = offsets([end["first"][0] for end in ends], [end["last"][0] for end in ends])
    adjusted = [
        part.with_columns([pl.col(name) + points for name in PRICES]) if points else part
        for part, points in zip(parts, added)
    ]
    pl.concat(adjusted).sink_parquet(output, compression=compression)
    return imported


def polars_eager(segments, folder, output):
    """Frames in memory, with the sort and the removal of repeated minutes."""
    import polars as pl

    imported = taken_so_far()
    parts = pl.collect_all(
        [
            pl.scan_parquet(folder / f"{segment['contract_symbol']}.parquet").filter(
                pl.col("timestamp").is_between(instant(segment["start_ts"]), instant(segment["end_ts"]))
            )
            for segment in segments
        ]
    )
    added = offsets([part["close"][0] for part in parts], [part["close"][-1] for part in parts])
    adjusted = [
        part.with_columns([pl.col(name) + points for name in PRICES]) if points else part
        for part, points in zip(parts, added)
    ]
    frame = pl.concat(adjusted).unique("timestamp", keep="last", maintain_order=True).sort("timestamp")
    frame.write_parquet(output, compression="snappy")
    return imported


def duckdb_query(segments, folder, output):
    """Two temporary tables, bars joined to segments and offsets by a window sum, and a copy in order of time."""
    import duckdb

    imported = taken_so_far()
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE TABLE segments (nth INTEGER, symbol TEXT, start_ts TIMESTAMPTZ, end_ts TIMESTAMPTZ)")
    rows = [
        (nth, segment["contract_symbol"], instant(segment["start_ts"]), instant(segment["end_ts"]))
        for nth, segment in enumerate(segments)
    ]
    connection.executemany("INSERT INTO segments VALUES (?, ?, ?, ?)", rows)
    files = [str(folder / f"{segment['contract_symbol']}.parquet") for segment in segments]
    connection.execute(
        """
        CREATE TEMP TABLE bars AS
        SELECT nth, bars.* EXCLUDE filename
        FROM read_parquet(?, filename = true) AS bars
        JOIN segments ON parse_filename(filename, true) = symbol
            AND bars.timestamp BETWEEN start_ts::TIMESTAMPTZ_NS AND end_ts::TIMESTAMPTZ_NS
        """,
        [files],
    )
    connection.execute(
        """
        CREATE TEMP TABLE offsets AS
        WITH ends AS (SELECT nth, arg_min(close, timestamp) AS first, arg_max(close, timestamp) AS last FROM bars GROUP BY nth),
        steps AS (SELECT nth, coalesce(lead(first) OVER (ORDER BY nth) - last, 0) AS step FROM ends)
        SELECT nth, sum(step) OVER (ORDER BY nth ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS added FROM steps
        """
    )
    target = str(output).replace("'", "''")
    connection.execute(
        f"""
        COPY (
            SELECT open + added AS open, high + added AS high, low + added AS low, close + added AS close, volume, timestamp
            FROM bars JOIN offsets USING (nth) ORDER BY timestamp
        ) TO '{target}' (FORMAT parquet, COMPRESSION snappy)
        """
    )
    return imported


def pandas_frames(segments, folder, output):
    """Frames in memory, as the original program does it with its checks off."""
    import pandas as pd

    imported = taken_so_far()
    parts = [
        pd.read_parquet(folder / f"{segment['contract_symbol']}.parquet").loc[
            instant(segment["start_ts"]) : instant(segment["end_ts"])
        ]
        for segment in segments
    ]
    added = offsets([part["close"].iloc[0] for part in parts], [part["close"].iloc[-1] for part in parts])
    adjusted = []
    for part, points in zip(parts, added):
        if points:
            part = part.copy()
            part[PRICES] = part[PRICES] + points
        adjusted.append(part)
    frame = pd.concat(adjusted)
    frame = frame[~frame.index.duplicated(keep="last")].sort_index(kind="stable")
    frame.to_parquet(output)
    return imported


TOOLS = {
    "polars-stream-snappy": lambda *build: polars_stream(*build, compression="snappy"),
    "polars-stream-zstd": lambda *build: polars_stream(*build, compression="zstd"),
    "polars-eager": polars_eager,
    "duckdb": duckdb_query,
    "pandas": pandas_frames,
}


def main():
    tool, folder, output = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    segments = json.loads((folder / "segments.json").read_text())
    print(json.dumps(TOOLS[tool](segments, folder, output)))


if __name__ == "__main__":
    main()
