//! Rows read from a file, checked.
//!
//! In: a `.csv` file whose first line names the columns, a `.json` file that is an array of objects, or a `.jsonl`
//! file with an object a line. Out: [`Rows`], at least one, or what is wrong with the file and in which line.
//! Columns of CSV are text; values of JSON keep their types.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::{Map, Value as Json};

use super::fault::Flaw;
use super::files;
use super::value::Value;
use crate::intake;

/// Most columns: each row has a place for each, whether it fills it or not.
const MOST_COLUMNS: usize = 1_000;

/// Most rows times columns.
const MOST_CELLS: usize = 10_000_000;

/// Rows read from a file; at least one.
#[derive(Debug)]
pub(super) struct Rows {
    columns: Vec<String>,
    cells: Vec<Box<[Value<'static>]>>,
    /// Where the first row without a value in a column is, by column: `products.jsonl:7`.
    gaps: BTreeMap<usize, String>,
}

impl Rows {
    /// Reads a file; its extension says how.
    pub(super) fn read(file: &Path, base: &Path) -> Result<Self, Flaw> {
        let shown = file.display().to_string();
        let parse = match file.extension().and_then(|extension| extension.to_str()) {
            Some("csv") => Self::parse_csv,
            Some("json") => Self::parse_json,
            Some("jsonl") => Self::parse_json_lines,
            _ => return Err(Flaw::new(format!("{shown} is no kind of file that rows are read from"), FORMATS)),
        };
        let unreadable = |why: String| {
            let help = match base.display().to_string() {
                here if here.is_empty() => "the file is looked for beside loadgate.toml".to_owned(),
                folder => format!("the file is looked for in {folder}"),
            };
            Flaw::new(format!("cannot read {shown}: {why}"), help)
        };
        let path = files::inside(file, base, |error: io::Error| unreadable(error.to_string()))?;
        let text = intake::read_text(&path, intake::DATA).map_err(|error| unreadable(error.why.to_string()))?;
        parse(&shown, &text)
    }

    pub(super) fn parse_csv(file: &str, text: &str) -> Result<Self, Flaw> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let columns: Vec<String> =
            reader.headers().map_err(|error| broken(file, &error))?.iter().map(trimmed).collect();
        if let Some(column) =
            columns.iter().enumerate().find_map(|(at, name)| columns.iter().take(at).find(|n| *n == name))
        {
            return Err(Flaw::new(format!("{file}:1: two columns are called `{column}`"), "give one another name"));
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| broken(file, &error))?;
            few_enough(file, rows.len() + 1, columns.len())?;
            if record.len() != columns.len() {
                let line = record.position().map_or(0, csv::Position::line);
                let (now, wanted) = (record.len(), columns.len());
                return Err(Flaw::new(
                    format!("{file}:{line}: {now} columns where the first line names {wanted}"),
                    "give every row a value for each column; quote values that hold commas",
                ));
            }
            rows.push(record.iter().map(|cell| Value::text(cell.to_owned())).collect());
        }
        Self { columns, cells: rows, gaps: BTreeMap::new() }.checked(file)
    }

    fn parse_json(file: &str, text: &str) -> Result<Self, Flaw> {
        intake::look_over(text.as_bytes(), intake::DATA, &mut |_| Ok(())).map_err(|error| broken(file, &error))?;
        let Json::Array(list) = serde_json::from_str(text).map_err(|error| broken(file, &error))? else {
            return Err(Flaw::new(format!("{file} is not an array"), FORMATS));
        };
        let rows = list.into_iter().enumerate().map(|(at, row)| (format!("{file}, row {}", at + 1), row));
        Self::from_objects(file, rows)
    }

    fn parse_json_lines(file: &str, text: &str) -> Result<Self, Flaw> {
        let mut rows = Vec::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let place = format!("{file}:{}", at + 1);
            intake::look_over(line.as_bytes(), intake::DATA, &mut |_| Ok(()))
                .map_err(|error| broken(&place, &error))?;
            let row = serde_json::from_str(line).map_err(|error| broken(&place, &error))?;
            rows.push((place, row));
        }
        Self::from_objects(file, rows)
    }

    /// Objects may leave columns out; only a template that names such a column makes that a flaw.
    fn from_objects(file: &str, objects: impl IntoIterator<Item = (String, Json)>) -> Result<Self, Flaw> {
        let mut columns: Vec<String> = Vec::new();
        let mut places = Vec::new();
        let mut sparse: Vec<Map<String, Json>> = Vec::new();
        for (place, row) in objects {
            let Json::Object(row) = row else {
                return Err(Flaw::new(format!("{place}: the row is not an object"), FORMATS));
            };
            for column in row.keys() {
                if !columns.contains(column) {
                    columns.push(column.clone());
                }
            }
            places.push(place);
            sparse.push(row);
            few_enough(file, sparse.len(), columns.len())?;
        }
        let mut gaps = BTreeMap::new();
        let mut rows = Vec::with_capacity(sparse.len());
        for (place, row) in places.into_iter().zip(&sparse) {
            let cells = columns.iter().enumerate().map(|(at, column)| {
                if !row.contains_key(column) {
                    gaps.entry(at).or_insert_with(|| place.clone());
                }
                Value::json(row.get(column).unwrap_or(&Json::Null))
            });
            rows.push(cells.collect());
        }
        Self { columns, cells: rows, gaps }.checked(file)
    }

    fn checked(self, file: &str) -> Result<Self, Flaw> {
        if self.cells.is_empty() || self.columns.is_empty() {
            return Err(Flaw::new(format!("{file} has no rows"), FORMATS));
        }
        Ok(self)
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The columns' names, in the order of the file.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(String::as_str)
    }

    /// Whether every row has a value in this column.
    pub(super) fn whole(&self, column: usize) -> Result<(), Flaw> {
        let Some((place, name)) = self.gaps.get(&column).zip(self.columns.get(column)) else { return Ok(()) };
        Err(Flaw::new(format!("{place}: the row has no `{name}`"), format!("give every row a `{name}`")))
    }

    /// What a row holds in a column.
    pub(super) fn cell(&self, row: usize, column: usize) -> Option<&Value<'static>> {
        self.cells.get(row)?.get(column)
    }
}

/// Objects that each name columns of their own would make far more cells than their file has bytes.
fn few_enough(file: &str, rows: usize, columns: usize) -> Result<(), Flaw> {
    if columns > MOST_COLUMNS {
        return Err(Flaw::new(
            format!("{file} names more than {MOST_COLUMNS} columns"),
            "leave only the columns that templates use",
        ));
    }
    if rows.saturating_mul(columns) > MOST_CELLS {
        return Err(Flaw::new(
            format!("{file} has more than {MOST_CELLS} cells, in rows of {columns}"),
            "leave only the columns that templates use, or fewer rows",
        ));
    }
    Ok(())
}

const FORMATS: &str = "write a .csv file whose first line names the columns, a .json file that is an array of objects, \
                       or a .jsonl file with an object a line";

fn broken(place: &str, error: &dyn std::fmt::Display) -> Flaw {
    Flaw::new(format!("{place}: {error}"), FORMATS)
}

fn trimmed(name: &str) -> String {
    name.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_csv_file_is_text_by_column() {
        let rows = Rows::parse_csv("p.csv", "id, name\n7,\"Cup, blue\"\n").unwrap();
        assert_eq!(rows.columns().collect::<Vec<_>>(), ["id", "name"]);
        assert_eq!(rows.cell(0, 0), Some(&Value::text("7")));
        assert_eq!(rows.cell(0, 1), Some(&Value::text("Cup, blue")));
    }

    #[test]
    fn a_ragged_csv_row_names_file_and_line() {
        let flaw = Rows::parse_csv("p.csv", "id,name\n1,a\n2\n").unwrap_err();
        assert_eq!(flaw.message, "p.csv:3: 1 columns where the first line names 2");
    }

    #[test]
    fn two_columns_of_one_name_are_refused() {
        let flaw = Rows::parse_csv("p.csv", "id,id\n1,2\n").unwrap_err();
        assert_eq!(flaw.message, "p.csv:1: two columns are called `id`");
    }

    #[test]
    fn files_without_rows_are_refused() {
        assert_eq!(Rows::parse_csv("p.csv", "id,name\n").unwrap_err().message, "p.csv has no rows");
        assert_eq!(Rows::parse_csv("p.csv", "").unwrap_err().message, "p.csv has no rows");
        assert_eq!(Rows::parse_json("p.json", "[]").unwrap_err().message, "p.json has no rows");
        assert_eq!(Rows::parse_json_lines("p.jsonl", "\n\n").unwrap_err().message, "p.jsonl has no rows");
    }

    #[test]
    fn json_rows_keep_their_types() {
        let rows = Rows::parse_json("p.json", r#"[{"id": 7, "name": "cup", "tags": ["a"]}]"#).unwrap();
        assert_eq!(rows.cell(0, 0), Some(&Value::number(7)));
        assert_eq!(rows.cell(0, 1), Some(&Value::text("cup")));
        assert_eq!(rows.cell(0, 2).unwrap().as_str(), r#"["a"]"#);
    }

    #[test]
    fn a_json_row_that_is_no_object_is_named() {
        assert_eq!(
            Rows::parse_json("p.json", "[{\"a\": 1}, 2]").unwrap_err().message,
            "p.json, row 2: the row is not an object"
        );
        assert_eq!(
            Rows::parse_json_lines("p.jsonl", "{\"a\": 1}\n\n2\n").unwrap_err().message,
            "p.jsonl:3: the row is not an object"
        );
    }

    #[test]
    fn a_column_that_a_row_lacks_is_refused_only_where_it_is_named() {
        let rows = Rows::parse_json_lines("p.jsonl", "{\"a\": 1}\n{\"a\": 2, \"b\": 3}\n").unwrap();
        assert!(rows.whole(0).is_ok());
        assert_eq!(rows.whole(1).unwrap_err().message, "p.jsonl:1: the row has no `b`");
    }

    #[test]
    fn broken_json_names_the_line() {
        let flaw = Rows::parse_json_lines("p.jsonl", "{\"a\": 1}\n{\"a\": \n").unwrap_err();
        assert!(flaw.message.starts_with("p.jsonl:2: "), "{}", flaw.message);
    }

    #[test]
    fn a_missing_file_and_a_foreign_extension_are_refused() {
        let base = Path::new("/nowhere");
        let flaw = Rows::read(Path::new("p.csv"), base).unwrap_err();
        assert!(flaw.message.starts_with("cannot read p.csv: "), "{}", flaw.message);
        assert!(flaw.help.unwrap().contains("/nowhere"));
        assert!(Rows::read(Path::new("p.xlsx"), base).unwrap_err().message.contains("p.xlsx"));
    }
}
