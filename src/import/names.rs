//! Names of tasks: short, in snake case, each once.
//!
//! In: what a document calls its operations. Out: names that read well in reports.

use std::collections::BTreeSet;

/// Longest name.
const LONGEST: usize = 60;

/// Names that are taken.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// A name that is not taken yet, and is from now on.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut count = 1;
        while !self.0.insert(name.clone()) {
            count += 1;
            name = format!("{wanted}_{count}");
        }
        name
    }
}

/// The name of an operation: its id without what `FastAPI` appends to it, else its method and path.
pub(super) fn of_operation(id: Option<&str>, method: &str, path: &str) -> String {
    let of_path = || snake_case(&format!("{method} {path}"));
    let Some(id) = id else { return of_path() };
    let appended = format!("{path}_{method}").replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    let own = id.strip_suffix(appended.as_str()).filter(|own| !own.is_empty()).unwrap_or(id);
    Some(snake_case(own)).filter(|name| !name.is_empty()).unwrap_or_else(of_path)
}

/// `listPets`, `list-pets` and `List pets` as `list_pets`.
fn snake_case(text: &str) -> String {
    let mut name = String::new();
    let mut last = '_';
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            let starts_word = letter.is_ascii_uppercase() && (last.is_ascii_lowercase() || last.is_ascii_digit());
            if starts_word || (last == '_' && !name.is_empty()) {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
            last = letter;
        } else {
            last = '_';
        }
        if name.len() >= LONGEST {
            break;
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_called_as_their_authors_do() {
        assert_eq!(of_operation(Some("listPets"), "get", "/pets"), "list_pets");
        assert_eq!(of_operation(Some("pets.find-by_status"), "get", "/pets"), "pets_find_by_status");
        assert_eq!(of_operation(Some("HTMLPage2Get"), "get", "/"), "htmlpage2_get");
        assert_eq!(of_operation(None, "get", "/pets/{petId}"), "get_pets_pet_id");
        assert_eq!(of_operation(Some("宠物"), "post", "/pets"), "post_pets");
    }

    #[test]
    fn what_fastapi_appends_is_left_out() {
        assert_eq!(of_operation(Some("read_item_items__item_id__get"), "get", "/items/{item_id}"), "read_item");
        assert_eq!(of_operation(Some("_items__item_id__get"), "get", "/items/{item_id}"), "items_item_id_get");
    }

    #[test]
    fn a_name_is_taken_once() {
        let mut names = Names::default();
        assert_eq!([names.take("a"), names.take("a"), names.take("a")], ["a", "a_2", "a_3"]);
    }
}
