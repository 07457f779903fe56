"""Reads every Delta table of a warehouse with readers that know nothing of Tidemill, and prints what they saw.

Usage: read_warehouse.py FOLDER. Prints one JSON object: per table and reader the row count, the sum of each decimal
column as text, and the number of nulls; and what the newest commit says of itself.
"""

import json
import sys
from datetime import date, datetime, timezone
from decimal import Decimal
from pathlib import Path

import duckdb
import polars
import pyarrow
import pyarrow.compute
import pyarrow.parquet
from deltalake import DeltaTable


def summary(table: pyarrow.Table) -> dict:
    decimals = [field.name for field in table.schema if pyarrow.types.is_decimal(field.type)]
    wide = pyarrow.decimal128(38, 4)
    sums = {name: pyarrow.compute.sum(table[name].cast(wide)).as_py() for name in decimals}
    return {
        "rows": table.num_rows,
        "sums": {name: None if value is None else format(value, "f") for name, value in sums.items()},
        "nulls": sum(column.null_count for column in table.columns),
    }


def bare_files(folder: Path, delta: DeltaTable) -> pyarrow.Table:
    """The files alone, as a tool reads them that knows Parquet and not Delta."""
    names = [Path(uri).name for uri in delta.file_uris()]
    tables = [pyarrow.parquet.ParquetFile(folder / name).read() for name in sorted(names)]
    return pyarrow.concat_tables(tables, promote_options="default")


def read_table(folder: Path) -> dict:
    delta = DeltaTable(str(folder))
    arrow = pyarrow.table(delta.to_pyarrow_table())
    newest = delta.history(1)[0]
    frame = polars.read_delta(str(folder))
    return {
        "version": delta.version(),
        "release": delta.transaction_version("tidemill/releases"),
        "dag_id": newest.get("dag_id"),
        "columns": arrow.schema.names,
        "files": len(delta.file_uris()),
        "deltalake": summary(arrow),
        "polars": summary(frame.to_arrow().cast(arrow.schema)),
        "pyarrow": summary(bare_files(folder, delta)),
    }


def pinned(folder: Path, version: int) -> int:
    return DeltaTable(str(folder), version=version).to_pyarrow_table().num_rows


def found(folder: Path) -> dict:
    """Searches at the very edge of the files' statistics: a bound that is too narrow loses the row."""
    conditions = {
        "name": ("name", "=", "ü" * 50),
        "big": ("big", "=", Decimal("12345678901234567890.1234")),
        "seen_at": ("seen_at", "=", datetime(2010, 12, 31, 23, 59, 59, 999999, tzinfo=timezone.utc)),
        "invoice_month": ("invoice_month", "=", date(2011, 1, 1)),
    }
    delta = DeltaTable(str(folder))
    return {name: delta.to_pyarrow_table(filters=[condition]).num_rows for name, condition in conditions.items()}


def catalog(path: Path) -> dict:
    connection = duckdb.connect(str(path), read_only=True)
    names = connection.sql(
        "SELECT schema_name || '.' || view_name FROM duckdb_views() WHERE NOT internal AND schema_name <> 'meta' ORDER BY 1"
    ).fetchall()
    return {name: connection.sql(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in names}


def main() -> None:
    root = Path(sys.argv[1])
    folders = sorted(log.parent for log in root.glob("tables/*/*/_delta_log"))
    tables = {f"{folder.parent.name}.{folder.name}": read_table(folder) for folder in folders}
    first_versions = {f"{folder.parent.name}.{folder.name}": pinned(folder, 0) for folder in folders}
    awkward = root / "tables" / "core" / "awkward"
    answer = {
        "tables": tables,
        "found": found(awkward) if awkward.exists() else {},
        "version_0": first_versions,
        "catalog": catalog(root / "catalog.duckdb"),
    }
    print(json.dumps(answer))


main()
