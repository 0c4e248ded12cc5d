//! The paths a source file names, read from its tokens, so that comments and strings don't count and macros do.
//!
//! Resolves `crate::`, `self::` and `super::` to rooms. Doesn't resolve names that a `use` renamed.

use std::str::FromStr;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};

/// What a source file names, with the line it is named on.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// First segments below the crate root: rooms. `*` for a glob over all of them.
    pub(super) rooms: Vec<(String, usize)>,
    /// First segments of other paths, outside `mod tests`: libraries, types, local names.
    pub(super) heads: Vec<(String, usize)>,
    /// Single words that belong to no path: `unsafe`.
    pub(super) words: Vec<(String, usize)>,
}

/// Reads what a file names; `depth` says how many modules below the crate root it is.
///
/// The error is the reason why the text is not Rust.
pub(super) fn read(text: &str, depth: usize) -> Result<(TokenStream, Named), String> {
    let tokens = TokenStream::from_str(text).map_err(|error| error.to_string())?;
    let mut named = Named::default();
    walk(tokens.clone(), Place { depth, tests: false }, &mut named);
    Ok((tokens, named))
}

/// Where in the tree of modules a token stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Modules below the crate root.
    depth: usize,
    /// Inside `mod tests`.
    tests: bool,
}

impl Place {
    /// The place inside the group at `at`, which may be the body of `mod name { … }`.
    fn inside(self, tokens: &[TokenTree], at: usize) -> Self {
        let is = |back: usize, name: &str| {
            at >= back && matches!(tokens.get(at - back), Some(TokenTree::Ident(word)) if word == name)
        };
        Self { depth: self.depth + usize::from(is(2, "mod")), tests: self.tests || (is(2, "mod") && is(1, "tests")) }
    }
}

fn walk(tokens: TokenStream, place: Place, named: &mut Named) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token {
            TokenTree::Ident(word) if opens_path(&tokens, at - 1) => {
                at = path(&tokens, at, &word.to_string(), word.span(), place, named);
            }
            TokenTree::Ident(word) => named.words.push((word.to_string(), line(word.span()))),
            TokenTree::Group(group) => walk(group.stream(), place.inside(&tokens, at - 1), named),
            _ => {}
        }
    }
}

/// Follows a path whose first segment is `head`; gives the index after what it read.
fn path(tokens: &[TokenTree], at: usize, head: &str, span: Span, place: Place, named: &mut Named) -> usize {
    let mut at = at;
    let mut above = match head {
        "crate" | "loadgate" => place.depth,
        "super" => 1,
        "self" => 0,
        _ if place.tests => return at,
        _ => {
            named.heads.push((head.to_owned(), line(span)));
            return at;
        }
    };
    while is_double_colon(tokens, at) {
        at += 2;
        match tokens.get(at) {
            Some(TokenTree::Ident(word)) if word == "super" => above += 1,
            Some(segment) if above >= place.depth => {
                rooms(segment, named);
                return at + usize::from(!matches!(segment, TokenTree::Group(_)));
            }
            _ => break,
        }
        at += 1;
    }
    at
}

/// What stands right below the crate root: one room, all of them, or a list.
fn rooms(segment: &TokenTree, named: &mut Named) {
    match segment {
        TokenTree::Ident(room) => named.rooms.push((room.to_string(), line(room.span()))),
        TokenTree::Punct(star) if star.as_char() == '*' => named.rooms.push(("*".into(), line(star.span()))),
        TokenTree::Group(list) if list.delimiter() == Delimiter::Brace => {
            for first in firsts(list) {
                rooms(&first, named);
            }
        }
        _ => {}
    }
}

/// The first token of each element of a list.
fn firsts(list: &Group) -> Vec<TokenTree> {
    let tokens: Vec<TokenTree> = list.stream().into_iter().collect();
    tokens.split(|token| is_punct(Some(token), ',')).filter_map(|element| element.first().cloned()).collect()
}

/// Whether the word at `at` is the first segment of a path, or a library that a `use` names alone.
fn opens_path(tokens: &[TokenTree], at: usize) -> bool {
    let used = |at: usize| matches!(tokens.get(at), Some(TokenTree::Ident(word)) if word == "use");
    let after_colons = at >= 2 && is_double_colon(tokens, at - 2);
    let continues = after_colons && !(at >= 3 && used(at - 3));
    (at >= 1 && used(at - 1)) || (!continues && is_double_colon(tokens, at + 1))
}

fn is_double_colon(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')
}

fn is_punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

pub(super) fn line(span: Span) -> usize {
    span.start().line
}
