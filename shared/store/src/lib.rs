//! The bar store: Arrow schemas, hive Parquet files, importers, manifests published by put-if-absent.
