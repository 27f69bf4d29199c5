"""Compares Parquet files of one series cell by cell: usage compare.py REFERENCE FILE...

Cells must be equal to the bit; prints one line a file, exits 1 where any differs.
"""

import sys

import pyarrow as pa
import pyarrow.parquet as pq

COLUMNS = ["timestamp", "open", "high", "low", "close", "volume"]


def columns(path):
    table = pq.read_table(path, columns=COLUMNS)
    stamps = table["timestamp"].cast(pa.timestamp("ns", "UTC")).cast(pa.int64())
    cells = {"timestamp": stamps.to_numpy()}
    for name in COLUMNS[1:]:
        # As integers of the same bits, so that no comparison of floats forgives anything.
        cells[name] = table[name].cast(pa.float64()).to_numpy().view("int64")
    return cells


def main():
    reference = columns(sys.argv[1])
    has_difference = False
    for path in sys.argv[2:]:
        found = columns(path)
        rows = len(found["timestamp"])
        if rows != len(reference["timestamp"]):
            differs = f"{rows} rows, expected {len(reference['timestamp'])}"
        else:
            counts = {name: int((found[name] != reference[name]).sum()) for name in COLUMNS}
            differs = ", ".join(f"{count} cells of {name}" for name, count in counts.items() if count)
        has_difference |= bool(differs)
        print(f"{path}: {differs or f'equal in all {rows} rows'}")
    sys.exit(1 if has_difference else 0)


if __name__ == "__main__":
    main()
