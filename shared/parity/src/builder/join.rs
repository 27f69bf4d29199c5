//! Slices one behind the other, as `pandas.concat` joins them, and the order of the result.

use crate::frame::{Column, Frame, Index, NamedColumn};

use super::BuildError;

/// All rows of all slices. Columns that a slice lacks have empty cells in its rows; the index keeps its name where all
/// slices agree on it.
pub(super) fn concatenate(slices: Vec<Frame>) -> Result<Frame, BuildError> {
    let mut names: Vec<String> = Vec::new();
    for name in slices.iter().flat_map(Frame::names) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    let columns = names.into_iter().map(|name| {
        let parts: Vec<(usize, Option<&Column>)> =
            slices.iter().map(|slice| (slice.rows(), slice.column(&name))).collect();
        let column = join_columns(&parts).ok_or_else(|| mixed(&name, &parts))?;
        Ok(NamedColumn { name, column })
    });
    let columns = columns.collect::<Result<_, BuildError>>()?;
    Ok(Frame { index: join_indexes(&slices), columns })
}

fn join_indexes(slices: &[Frame]) -> Index {
    let mut all = Vec::with_capacity(slices.iter().map(Frame::rows).sum());
    let mut names = Vec::with_capacity(slices.len());
    for slice in slices {
        // Slices are cut out of frames whose index holds instants.
        if let Index::Instants { name, ns } = &slice.index {
            all.extend_from_slice(ns);
            names.push(name);
        }
    }
    let is_common = names.windows(2).all(|pair| pair[0] == pair[1]);
    let name = names.first().filter(|_| is_common).and_then(|name| (*name).clone());
    Index::Instants { name, ns: all }
}

/// One column of several; `None` for types that do not go together.
fn join_columns(parts: &[(usize, Option<&Column>)]) -> Option<Column> {
    let present = || parts.iter().filter_map(|(_, column)| *column);
    let is_whole = present().count() == parts.len();
    if present().all(|column| matches!(column, Column::Text(_))) {
        let cells = parts.iter().flat_map(|(rows, column)| match column {
            Some(Column::Text(values)) => values.clone(),
            _ => vec![None; *rows],
        });
        return Some(Column::Text(cells.collect()));
    }
    if is_whole && present().all(|column| matches!(column, Column::Int(_))) {
        let values = present().flat_map(|column| match column {
            Column::Int(values) => values.as_slice(),
            _ => &[],
        });
        return Some(Column::Int(values.copied().collect()));
    }
    let mut all = Vec::with_capacity(parts.iter().map(|(rows, _)| rows).sum());
    for (rows, column) in parts {
        match column {
            Some(column) => all.extend_from_slice(&column.as_floats()?),
            None => all.resize(all.len() + rows, f64::NAN),
        }
    }
    Some(Column::Float(all))
}

fn mixed(name: &str, parts: &[(usize, Option<&Column>)]) -> BuildError {
    let mut types: Vec<&str> = parts.iter().filter_map(|(_, column)| column.map(Column::type_name)).collect();
    types.sort_unstable();
    types.dedup();
    BuildError::Mixed { column: name.to_owned(), types: types.join(" and ") }
}

/// Of rows with the same instant the last, which is the newer contract's; then all in order of time.
pub(super) fn sort_keeping_last(frame: Frame) -> Frame {
    let Index::Instants { ns, .. } = &frame.index else { return frame };
    if ns.windows(2).all(|pair| pair[0] < pair[1]) {
        return frame;
    }
    let mut rows: Vec<usize> = (0..ns.len()).collect();
    rows.sort_by_key(|row| ns[*row]);
    let kept: Vec<usize> = rows
        .iter()
        .enumerate()
        .filter(|(at, row)| rows.get(at + 1).is_none_or(|next| ns[*next] != ns[**row]))
        .map(|(_, row)| *row)
        .collect();
    frame.pick(&kept)
}
