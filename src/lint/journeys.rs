//! Mistakes of what users do.
//!
//! In: users, tasks and steps. Out: findings about pauses, rows, expectations and accounts. How many users there are is
//! `loads`'.

use super::finding::Finding;
use super::ground::{Ground, body, expressions, name, request};
use super::loads::is_used;
use crate::config::{KeyPath, Mistake, Pick, Status, Statuses, Step};
use crate::plan::{Shape, Think};

/// Words that a login's body holds.
const OF_A_LOGIN: [&str; 7] = ["password", "passwd", "passphrase", "email", "username", "login", "client_secret"];

/// Users that ask again as soon as they are answered.
pub(super) fn no_think_time(ground: &Ground<'_>) -> Vec<Finding> {
    if !matches!(ground.plan.shape, Shape::Users(_)) {
        return Vec::new();
    }
    let never_pauses = |user: &crate::plan::User| {
        let mut steps = user.tasks.iter().flat_map(|task| task.steps.iter());
        user.think == Think::None && steps.all(|step| step.think == Think::None)
    };
    let users = ground.plan.users.iter().enumerate().filter(|(_, user)| never_pauses(user));
    users
        .map(|(index, user)| {
            let at = KeyPath::root().key("user").index(index);
            let message =
                format!("`{}` never pauses: it asks again as soon as it is answered, which no person does", user.name);
            let write = "write think = { between = [\"1s\", \"3s\"] }, and more users; or a profile by rate";
            ground.finding(Mistake::NoThinkTime, &at, message, write)
        })
        .collect()
}

/// Paths with an identifier in them that nothing changes, in journeys in which nothing ever varies.
pub(super) fn same_row(ground: &Ground<'_>) -> Vec<Finding> {
    let requests = ground.task_requests();
    let varies = |step: &Step| request(step).is_some_and(|(_, path)| path.contains("{{")) || body(step).contains("{{");
    if requests.iter().any(|(_, step)| varies(step)) {
        return Vec::new();
    }
    let same = requests.iter().filter(|(_, step)| !expects_an_error(step)).filter_map(|(at, step)| {
        let (key, path) = request(step)?;
        Some((at.key(key), step, literal(path)?))
    });
    same.map(|(at, step, id)| {
        let message = format!("`{}` always asks for the same row, {id}: a cache answers all but the first", name(step));
        let write = "write a [data.rows] with file = \"rows.csv\" and pick = \"random\", and {{ rows.id }} in the path";
        ground.finding(Mistake::SameRow, &at, message, write)
    })
    .collect()
}

/// Data of one row.
pub(super) fn one_row(ground: &Ground<'_>) -> Vec<Finding> {
    let is_unique = |name: &str| ground.config.data.get(name).is_some_and(|data| data.pick == Pick::Unique);
    let sets = ground.plan.data.iter().filter(|set| set.len() == 1 && !is_unique(set.name()));
    sets.filter(|set| is_used(ground, set.name()))
        .map(|set| {
            let at = KeyPath::root().key("data").key(set.name()).key("file");
            let message = format!("`{}` has one row, so that every request asks for the same", set.name());
            ground.finding(Mistake::SameRow, &at, message, "give it as many rows as users choose from")
        })
        .collect()
}

/// Journeys in which nothing is ever missing, forbidden or refused.
pub(super) fn happy_path(ground: &Ground<'_>) -> Option<Finding> {
    let user = ground.config.user.iter().flat_map(|user| user.start.iter().chain(&user.stop));
    let requests = ground.task_requests();
    let mut all = requests.iter().map(|(_, step)| *step).chain(user);
    if all.clone().any(expects_an_error) {
        return None;
    }
    let (at, _) = requests.first()?;
    let expects_nothing = all.all(|step| step.expect.is_none());
    let message = if expects_nothing {
        "no step expects anything: an empty page with status 200 passes, and no error is ever asked for"
    } else {
        "no step expects anything but success, where real users meet errors too"
    };
    let write = "add a task such as get = \"/products/999999\" with expect = { status = 404 }";
    Some(ground.finding(Mistake::HappyPath, at, message, write))
}

/// Logins with the same credentials for all.
pub(super) fn one_account(ground: &Ground<'_>) -> Vec<Finding> {
    if ground.most_users() <= 1.0 {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (user, index) in ground.config.user.iter().zip(0..) {
        for (step, number) in user.start.iter().zip(0..) {
            if is_login(step) && is_constant(ground, &body(step)) {
                let at = KeyPath::root().key("user").index(index).key("start").index(number);
                let message = format!(
                    "`{}` logs every user in with one account: its row and its locks are all that is tested",
                    name(step)
                );
                let write = "write one for each, such as email = \"user{{ user.index }}@example.com\"";
                findings.push(ground.finding(Mistake::OneAccount, &at, message, write));
            }
        }
    }
    findings
}

/// Whether a step sends credentials and keeps what it gets for them.
fn is_login(step: &Step) -> bool {
    let sent = body(step).to_lowercase();
    !step.extract.is_empty() && OF_A_LOGIN.iter().any(|word| sent.contains(word))
}

/// Whether a text is the same for all users: no template in it, or none but of vars.
fn is_constant(ground: &Ground<'_>, text: &str) -> bool {
    expressions(text).all(|expression| ground.config.vars.contains_key(expression))
}

fn expects_an_error(step: &Step) -> bool {
    let statuses = step.expect.as_ref().and_then(|expect| expect.status.as_ref());
    statuses.is_some_and(|Statuses(statuses)| {
        statuses.iter().any(|status| match status {
            Status::One(one) => *one >= 400,
            Status::Class(class) => *class >= 4,
        })
    })
}

/// The identifier in a path: a number or a UUID behind a name. The version of an API is none.
fn literal(path: &str) -> Option<&str> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut before = "";
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
        let is_of_a_name = !before.is_empty() && !matches!(before, "api" | "rest" | "v") && !is_uuid(before);
        if is_uuid(part) || (is_number && is_of_a_name) {
            return Some(part);
        }
        before = part;
    }
    None
}

fn is_uuid(part: &str) -> bool {
    let groups: Vec<usize> = part.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && part.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_told_from_a_version() {
        assert_eq!(literal("/products/42"), Some("42"));
        assert_eq!(literal("/users/7/orders?page=2"), Some("7"));
        let uuid = "/orders/0b0f3f6e-5d0f-4b5c-9d4e-2f6f9b8d7c6a";
        assert_eq!(literal(uuid), uuid.rsplit('/').next());
        for path in ["/", "/products", "/api/2/issues", "/v1/products", "/2024", "/products?id=42", "/rest/3"] {
            assert_eq!(literal(path), None, "{path}");
        }
    }
}
