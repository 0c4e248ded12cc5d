//! A shop small enough for a test: as a script, and as the loadgate.toml of its users.

use super::project::Project;
use super::script::{Answer, Received};

/// Answers as the shop does: login, products, cart, orders.
pub(crate) fn shop(request: &Received) -> Answer {
    let authorized = request.header("authorization") == Some("Bearer t0ken");
    match (request.method.as_str(), request.path.split('?').next().unwrap_or_default()) {
        ("POST", "/auth/login") => Answer::ok(r#"{"access_token": "t0ken"}"#),
        _ if !authorized => Answer::status(401, "who are you?"),
        ("GET", path) if path.starts_with("/products/") => {
            Answer::ok(&format!(r#"{{"id": {}}}"#, path.trim_start_matches("/products/")))
        }
        ("POST", "/cart") => Answer::status(201, r#"{"cart_id": "c-7"}"#),
        ("POST", "/orders") if request.body.contains("c-7") => Answer::status(201, "{}"),
        _ => Answer::status(404, "nothing here"),
    }
}

/// A loadgate.toml of a whole journey against the shop.
pub(crate) fn journey(url: &str) -> String {
    format!(
        r#"
[target]
url = "{url}"

[vars]
password = {{ env = "SHOP_PASSWORD", default = "hunter2", secret = true }}

[data.products]
file = "products.csv"
pick = "cycle"

[[user]]
think = {{ constant = "1ms" }}
headers = {{ Authorization = "Bearer {{{{ token }}}}" }}

[[user.start]]
name = "login"
post = "/auth/login"
json = {{ email = "user{{{{ user.index }}}}@example.com", password = "{{{{ password }}}}" }}
extract = {{ token = "json:$.access_token" }}

[[user.task]]
name = "view_product"
get = "/products/{{{{ products.id }}}}"
expect = {{ status = 200, json = {{ "$.id" = "{{{{ products.id }}}}" }} }}

[[user.task]]
[[user.task.step]]
name = "add_to_cart"
post = "/cart"
json = {{ product_id = "{{{{ products.id }}}}" }}
extract = {{ cart = "json:$.cart_id" }}
[[user.task.step]]
name = "create_order"
post = "/orders"
json = {{ cart_id = "{{{{ cart }}}}", quantity = 1 }}
expect = {{ status = 201 }}

[[user.task]]
name = "missing_product"
get = "/missing"
expect = {{ status = 404 }}

[profile.short]
users = 2
duration = "700ms"

[profile.long]
users = 2
duration = "60s"
warmup = "10ms"
"#
    )
}

/// A folder with that loadgate.toml, `more` added to its end, and the data it names.
pub(crate) fn shop_project(url: &str, more: &str) -> Project {
    Project::with(&format!("{}{more}", journey(url))).file("products.csv", "id,name\n11,lamp\n12,chair\n")
}
