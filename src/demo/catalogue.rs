//! What the shop sells: products made up from their number.
//!
//! In: an id, or a page. Out: products, the same in every run. Stores nothing.

use serde::Serialize;

/// How many products there are; their ids count from 1.
pub(super) const PRODUCTS: u32 = 1_000;
/// Most products on one page.
pub(super) const MOST_PER_PAGE: u32 = 100;

const MATERIALS: [&str; 10] = ["Oak", "Linen", "Copper", "Glass", "Wool", "Walnut", "Cork", "Slate", "Cotton", "Brass"];
const THINGS: [&str; 10] = ["Lamp", "Table", "Bowl", "Chair", "Shelf", "Clock", "Vase", "Stool", "Frame", "Tray"];

/// One product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Product {
    id: u32,
    name: String,
    price_cents: u32,
    in_stock: bool,
}

/// One page of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Page {
    #[serde(rename = "page")]
    number: u32,
    limit: u32,
    total: u32,
    items: Vec<Product>,
}

/// The product with this id, if there is one.
pub(super) fn product(id: u32) -> Option<Product> {
    (1..=PRODUCTS).contains(&id).then(|| {
        let index = id - 1;
        let series = index / 100 + 1;
        Product {
            id,
            name: format!("{} {} {series}", pick(&MATERIALS, index), pick(&THINGS, index / 10)),
            price_cents: 499 + 50 * (index * 37 % 400),
            in_stock: !id.is_multiple_of(7),
        }
    })
}

/// The page with this number, counted from 1; empty beyond the last.
pub(super) fn page(number: u32, limit: u32) -> Page {
    let first = number.saturating_sub(1).saturating_mul(limit).saturating_add(1);
    let items = (first..first.saturating_add(limit)).map_while(product).collect();
    Page { number, limit, total: PRODUCTS, items }
}

fn pick(names: &[&'static str; 10], index: u32) -> &'static str {
    names.iter().cycle().nth(index as usize % names.len()).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_id_has_a_product_of_its_own_and_no_other_has() {
        let names: BTreeSet<String> = (1..=PRODUCTS).map(|id| product(id).unwrap().name).collect();
        assert_eq!(names.len(), PRODUCTS as usize);
        assert_eq!((product(0), product(PRODUCTS + 1)), (None, None));
    }

    #[test]
    fn pages_follow_each_other_and_end() {
        let ids = |number, limit| page(number, limit).items.iter().map(|item| item.id).collect::<Vec<_>>();
        assert_eq!(ids(1, 3), [1, 2, 3]);
        assert_eq!(ids(2, 3), [4, 5, 6]);
        assert_eq!(ids(334, 3), [1_000]);
        assert!(ids(335, 3).is_empty());
        assert!(ids(u32::MAX, MOST_PER_PAGE).is_empty());
    }
}
