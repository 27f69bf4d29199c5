//! One text for one value: sorted keys, no spaces, LF, no floats.

use std::fmt::Write as _;

use peaktrade_domain::Sha256;
use serde::Serialize;
use serde_json::Value;

/// Domain of run ids: another kind of document can never have the digest of a run's inputs.
const RUN_ID_DOMAIN: &str = "peaktrade.run.1\n";

/// A value without a canonical text.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// A float: its text depends on who writes it. Prices and amounts are decimal strings.
    #[error("{path} is the float {value}; evidence holds integers and decimal strings only")]
    Float {
        /// Where in the document. Example: `$.rolls[0].spread`.
        path: String,
        /// The number.
        value: String,
    },
    /// The value does not serialize.
    #[error("value does not serialize: {0}")]
    Serialize(#[from] serde_json::Error),
}

/// A value as canonical JSON: keys in order of their bytes, no spaces, one LF at the end.
///
/// # Errors
/// Where the value holds a float or does not serialize. A NaN serializes as null before it can be seen here.
pub fn canonical_json<T: Serialize + ?Sized>(value: &T) -> Result<String, CanonicalError> {
    let mut text = String::new();
    write_json(&serde_json::to_value(value)?, &mut "$".to_owned(), &mut text)?;
    text.push('\n');
    Ok(text)
}

/// Values as NDJSON: one line of canonical JSON each, in the order given.
///
/// # Errors
/// As [`canonical_json`].
pub fn ndjson<T: Serialize>(lines: impl IntoIterator<Item = T>) -> Result<String, CanonicalError> {
    let mut text = String::new();
    for line in lines {
        text.push_str(&canonical_json(&line)?);
    }
    Ok(text)
}

/// A value as YAML in block style: keys sorted, strings in double quotes as JSON writes them, LF.
///
/// # Errors
/// As [`canonical_json`].
pub fn canonical_yaml<T: Serialize + ?Sized>(value: &T) -> Result<String, CanonicalError> {
    let mut text = String::new();
    match &serde_json::to_value(value)? {
        value if is_block(value) => write_yaml(value, 0, &mut "$".to_owned(), &mut text)?,
        scalar => {
            write_json(scalar, &mut "$".to_owned(), &mut text)?;
            text.push('\n');
        }
    }
    Ok(text)
}

/// The id of a run: a digest over its inputs, so that the same question has the same name everywhere.
///
/// # Errors
/// As [`canonical_json`].
pub fn run_id_of<T: Serialize + ?Sized>(inputs: &T) -> Result<Sha256, CanonicalError> {
    Ok(Sha256::of(format!("{RUN_ID_DOMAIN}{}", canonical_json(inputs)?).as_bytes()))
}

fn write_json(value: &Value, path: &mut String, text: &mut String) -> Result<(), CanonicalError> {
    match value {
        Value::Number(number) if number.is_f64() => {
            return Err(CanonicalError::Float { path: path.clone(), value: number.to_string() });
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => text.push_str(&value.to_string()),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                at_path(path, &format!("[{at}]"), |path| write_json(item, path, text))?;
            }
            text.push(']');
        }
        Value::Object(fields) => {
            text.push('{');
            for (at, (key, item)) in sorted(fields).into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                text.push_str(&quoted(key));
                text.push(':');
                at_path(path, &format!(".{key}"), |path| write_json(item, path, text))?;
            }
            text.push('}');
        }
    }
    Ok(())
}

fn write_yaml(value: &Value, indent: usize, path: &mut String, text: &mut String) -> Result<(), CanonicalError> {
    let mut entry = |head: &str, step: &str, item: &Value, path: &mut String| -> Result<(), CanonicalError> {
        let _ = write!(text, "{:indent$}{head}", "");
        at_path(path, step, |path| {
            if is_block(item) {
                text.push('\n');
                return write_yaml(item, indent + 2, path, text);
            }
            text.push(' ');
            write_json(item, path, text)?;
            text.push('\n');
            Ok(())
        })
    };
    match value {
        Value::Object(fields) => {
            for (key, item) in sorted(fields) {
                entry(&format!("{}:", quoted_key(key)), &format!(".{key}"), item, path)?;
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                entry("-", &format!("[{at}]"), item, path)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            write_json(value, path, text)?;
        }
    }
    Ok(())
}

/// Whether a value is written as an indented block; an empty one is written as `[]` or `{}`.
fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Sorted here and not by the map: some other crate may switch on insertion order for all of the build.
fn sorted(fields: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_unstable_by_key(|(key, _)| key.as_bytes());
    fields
}

fn at_path<T>(path: &mut String, step: &str, work: impl FnOnce(&mut String) -> T) -> T {
    let length = path.len();
    path.push_str(step);
    let result = work(path);
    path.truncate(length);
    result
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Bare where YAML cannot read the key as anything but this text.
fn quoted_key(key: &str) -> String {
    let is_word = key.starts_with(|first: char| first.is_ascii_lowercase())
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    // YAML 1.1 reads these as other types.
    let is_keyword = matches!(key, "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null");
    if is_word && !is_keyword { key.to_owned() } else { quoted(key) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{canonical_json, canonical_yaml, ndjson, run_id_of};

    fn check(value: Value, json: &str, yaml: &str) {
        assert_eq!(canonical_json(&value).unwrap(), json);
        assert_eq!(canonical_yaml(&value).unwrap(), yaml);
    }

    #[test]
    fn one_text_for_one_value() {
        check(json!(null), "null\n", "null\n");
        check(json!({}), "{}\n", "{}\n");
        check(
            json!({"b": [1, {"z": "\"", "a": []}], "a": {"no": true, "x": -5}, "Ä": null}),
            "{\"a\":{\"no\":true,\"x\":-5},\"b\":[1,{\"a\":[],\"z\":\"\\\"\"}],\"Ä\":null}\n",
            "a:\n  \"no\": true\n  x: -5\nb:\n  - 1\n  -\n    a: []\n    z: \"\\\"\"\n\"Ä\": null\n",
        );
        check(
            json!(["line\nbreak", u64::MAX]),
            "[\"line\\nbreak\",18446744073709551615]\n",
            "- \"line\\nbreak\"\n- 18446744073709551615\n",
        );
        assert_eq!(ndjson([1, 2]).unwrap(), "1\n2\n");
    }

    #[test]
    fn floats_are_refused_with_their_place() {
        let value = json!({"rolls": [{"spread": "1.5"}, {"spread": 1.5}]});
        for error in [canonical_json(&value).unwrap_err(), canonical_yaml(&value).unwrap_err()] {
            assert!(error.to_string().starts_with("$.rolls[1].spread is the float 1.5"), "{error}");
        }
        assert!(canonical_json(&1.0_f64).is_err(), "a whole float is a float");
    }

    #[test]
    fn run_ids_name_inputs() {
        let id = run_id_of(&json!({"a": 1, "b": 2})).unwrap();
        assert_eq!(id, run_id_of(&json!({"b": 2, "a": 1})).unwrap());
        assert_ne!(id, run_id_of(&json!({"b": 2, "a": 2})).unwrap());
    }
}
