//! The key `pandas` of a file's metadata.

use arrow_schema::Schema;
use serde_json::{Value, json};

/// Which column is the index.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum IndexColumn {
    /// None: rows are numbered.
    RowNumbers,
    /// A column.
    Named {
        /// Name of the column in the file.
        field: String,
        /// Name of the index, where it has one.
        name: Option<String>,
    },
    /// Several columns together.
    Several,
}

/// What the metadata of a schema says about the index.
pub(super) fn index_column(schema: &Schema) -> Result<IndexColumn, String> {
    let Some(text) = schema.metadata().get("pandas") else { return Ok(IndexColumn::RowNumbers) };
    let pandas: Value = serde_json::from_str(text).map_err(|error| format!("pandas metadata: {error}"))?;
    let indexes = pandas["index_columns"].as_array().map(Vec::as_slice).unwrap_or_default();
    // A numbered index is an object that describes the numbers.
    let names: Vec<&str> = indexes.iter().filter_map(Value::as_str).collect();
    let [field] = names[..] else {
        return Ok(if names.is_empty() { IndexColumn::RowNumbers } else { IndexColumn::Several });
    };
    if schema.field_with_name(field).is_err() {
        return Err(format!("pandas metadata: index column {field:?} is not in the file"));
    }
    let column = pandas["columns"].as_array().and_then(|columns| {
        columns.iter().find(|column| column["field_name"].as_str().or(column["name"].as_str()) == Some(field))
    });
    let name = column.map_or(Some(field), |column| column["name"].as_str());
    Ok(IndexColumn::Named { field: field.to_owned(), name: name.map(str::to_owned) })
}

/// The metadata of a file whose column `index_name` is a UTC index over these columns, given by name and pandas type.
pub fn pandas_index_metadata<'a>(index_name: &str, columns: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let column = |name: &str, pandas_type: &str, numpy_type: &str, metadata: Value| {
        json!({"name": name, "field_name": name, "pandas_type": pandas_type, "numpy_type": numpy_type,
            "metadata": metadata})
    };
    let mut all: Vec<Value> = columns
        .into_iter()
        .map(|(name, numpy_type)| {
            let pandas_type = if numpy_type == "object" { "unicode" } else { numpy_type };
            column(name, pandas_type, numpy_type, Value::Null)
        })
        .collect();
    all.push(column(index_name, "datetimetz", "datetime64[ns]", json!({"timezone": "UTC"})));
    json!({
        "index_columns": [index_name],
        "column_indexes": [{"name": null, "field_name": null, "pandas_type": "unicode", "numpy_type": "object",
            "metadata": {"encoding": "UTF-8"}}],
        "columns": all,
        "creator": {"library": "peaktrade-futures", "version": "1"},
        "pandas_version": "2.0.0",
    })
    .to_string()
}
