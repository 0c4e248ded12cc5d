//! What a right file reads as.

use std::path::Path;
use std::time::Duration;

use super::EVERYTHING;
use crate::config::{
    Abort, Arrivals, Auth, BodyExpectation, Condition, Config, EnvironmentRule, Error, Figure, GateRule, KeyPath,
    Limit, MetricRule, Mistake, Part, Pick, Relation, Repeat, Resources, Source, Status, Statuses, TextExpectation,
    Think, Values, Var, Window, load, parse,
};
use crate::units::{Growth, Rate, Ratio, Size, Span, Tolerance};

fn read(text: &str) -> (Config, Source) {
    parse(text, Path::new("loadgate.toml")).unwrap_or_else(|error| panic!("{error}"))
}

fn seconds(seconds: u64) -> Span {
    Span(Duration::from_secs(seconds))
}

#[test]
fn every_key_of_the_language_is_read() {
    let (config, _) = read(EVERYTHING);
    assert_eq!(config.target.allow, ["shop.example.com"]);
    assert_eq!(config.target.production, ["api.example.com", "*.prod.example.com", "203.0.113.0/24"]);
    assert_eq!(config.target.command.as_deref().unwrap()[0], "uvicorn");
    assert_eq!(config.target.ready.as_ref().unwrap().status, Some(200));
    assert_eq!(config.target.resources, Some(Resources::Command));
    assert_eq!(config.profile["soak"].leak.memory, Some(Growth(0.05)));
    assert_eq!(config.gate.target.memory.unwrap().limit, Some(Limit::Size(Size(536_870_912.0))));
    assert_eq!(config.http.headers["Accept"], "application/json");
    assert_eq!(config.http.tls.server_name.as_deref(), Some("shop.internal"));
    assert_eq!(config.data["products"].pick, Pick::Unique);
    assert_eq!(config.data["terms"].pick, Pick::Random);
    assert_eq!(config.profile["load"].users, Some(200));
    assert_eq!(config.profile["stress"].stages[1].ramp, Some(seconds(90)));
    assert_eq!(config.profile["open"].arrivals, Some(Arrivals::Poisson));
    assert_eq!(config.profile["many"].iterations, Some(1000));
    assert_eq!(config.profile["each"].iterations_per_user, Some(10));
    assert_eq!(config.profile["steps"].stages[0].rate, Some(Rate(10.0)));
    assert_eq!(config.baseline.environment, EnvironmentRule::Same);
    assert_eq!(config.lint.allow, [Mistake::NoThinkTime, Mistake::HappyPath]);
    let search = config.profile["ceiling"].search.as_ref().unwrap();
    assert_eq!((search.from, search.to, search.hold), (Some(Rate(50.0)), Some(Rate(20_000.0)), Some(seconds(10))));
    assert_eq!((search.precision, search.slo.error_rate), (Some(Ratio(0.05)), Some(Ratio(0.01))));
    assert_eq!(search.slo.p95, Some(Span(Duration::from_millis(500))));
}

#[test]
fn a_journey_is_read_in_the_order_of_the_file() {
    let (config, _) = read(EVERYTHING);
    let web = &config.user[0];
    assert_eq!(web.think, Some(Think::Between([seconds(1), seconds(3)])));
    assert_eq!(web.start[0].extract["token"], "json:$.access_token");
    let names: Vec<_> = web.task.iter().map(|task| task.name.as_deref()).collect();
    assert_eq!(names, [Some("browse_products"), Some("view_product"), Some("checkout"), None, None, None, None]);
    let expect = web.task[1].expect.as_ref().unwrap();
    assert_eq!(expect.status, Some(Statuses(vec![Status::One(200), Status::One(304)])));
    assert_eq!(expect.json["$.stock"], 3);
    let order = &web.task[2].step[1];
    assert_eq!(
        order.expect.as_ref().unwrap().body,
        Some(BodyExpectation { contains: Some("ok".into()), regex: Some("order-[0-9]+".into()) })
    );
    assert_eq!(
        (&web.task[1].tags[..], web.task[1].only_if.as_deref()),
        (&["read".to_owned()][..], Some("products.stock > 0"))
    );
    assert_eq!(web.task[2].repeat, Some(Repeat { least: 1, most: 3 }));
    let poll = &web.task[2].step[2];
    assert_eq!(
        (poll.only_while.as_deref(), poll.repeat),
        (Some("status != 'paid'"), Some(Repeat { least: 10, most: 10 }))
    );
    assert_eq!(poll.step[0].name.as_deref(), Some("poll_order"));
    let json = web.task[2].step[0].json.as_ref().unwrap();
    assert_eq!(json.to_string(), r#"{"product_id":"{{ products.id }}","options":[1,"two",{"gift":true}]}"#);
    assert_eq!((config.user[1].count, config.user[1].start_after), (Some(2), Some(seconds(30))));
    assert_eq!(config.user[1].task[1].think, Some(Think::Pacing(seconds(5))));
}

#[test]
fn values_credentials_and_parts_are_read_in_each_of_their_forms() {
    let (config, _) = read(EVERYTHING);
    let task = &config.user[0].task;
    assert_eq!(config.http.auth, Some(Auth::Basic(["ada".into(), "{{ password }}".into()])));
    assert_eq!(task[1].auth, Some(Auth::None));
    assert_eq!(task[1].query["tag"], Values(vec!["a".into(), "b".into()]));
    assert_eq!(task[1].query["limit"], Values(vec!["20".into()]));
    let parts = task[4].multipart.as_ref().unwrap();
    assert_eq!(parts["count"], Part { text: Some("2".into()), ..Part::default() });
    assert_eq!(
        (parts["picture"].name.as_deref(), parts["picture"].content_type.as_deref()),
        (Some("x.png"), Some("image/png"))
    );
    let expect = task[4].expect.as_ref().unwrap();
    assert_eq!(expect.status, Some(Statuses(vec![Status::Class(2)])));
    assert_eq!(expect.header["ETag"], TextExpectation::Matches("^W/".into()));
    assert_eq!(expect.cookie["seen"], TextExpectation::Is("1".into()));
    assert_eq!(task[5].auth, Some(Auth::Bearer("{{ token }}".into())));
    let expect = task[5].expect.as_ref().unwrap();
    assert_eq!(expect.status, Some(Statuses(vec![Status::One(200), Status::Class(3)])));
    assert_eq!(expect.graphql_errors, Some(true));
    assert_eq!(task[6].body_file.as_deref(), Some(Path::new("cup.png")));
}

#[test]
fn variables_are_literals_or_tables() {
    let (config, _) = read(EVERYTHING);
    for (name, value) in [("tenant", "acme"), ("page_size", "20"), ("verbose", "false"), ("discount", "0.5")] {
        let literal = Var { value: Some(value.into()), env: None, default: None, secret: false };
        assert_eq!(config.vars[name], literal);
    }
    let password =
        Var { value: None, env: Some("SHOP_PASSWORD".into()), default: Some("testpass123".into()), secret: true };
    assert_eq!(config.vars["password"], password);
}

#[test]
fn the_rules_of_the_gate_are_read_by_metric() {
    let (config, _) = read(EVERYTHING);
    let gate = config.gate;
    assert_eq!((gate.profile.as_deref(), gate.rule, gate.max_runs), (Some("load"), GateRule::Confident, Some(3)));
    let p95 = MetricRule {
        tolerance: Some(Tolerance::Relative(0.1)),
        floor: Some(Span(Duration::from_millis(2))),
        limit: Some(Limit::Latency(Span(Duration::from_millis(500)))),
        window: None,
    };
    assert_eq!(gate.metrics.p95, Some(p95));
    assert_eq!(gate.metrics.p99.unwrap().tolerance, None);
    assert_eq!(gate.metrics.p99.unwrap().window, Some(Window(10)));
    let slow = Condition {
        figure: Figure::P95,
        relation: Relation::AtLeast,
        value: Limit::Latency(Span(Duration::from_secs(2))),
    };
    let orders = Abort { when: slow, window: Some(Window(60)), endpoint: Some("create_order".into()) };
    assert_eq!((gate.abort.len(), &gate.abort[1], gate.abort[0].window), (2, &orders, None));
    assert_eq!(gate.metrics.error_rate.unwrap().limit, Some(Limit::Share(Ratio(0.01))));
    assert_eq!(gate.metrics.rps.unwrap().limit, Some(Limit::Rate(Rate(100.0))));
    assert_eq!(gate.metrics.rps_ceiling.unwrap().tolerance, Some(Tolerance::Relative(-0.1)));
    let order = &gate.endpoint["create_order"];
    assert_eq!(order.p95.unwrap().tolerance, Some(Tolerance::Relative(0.2)));
    assert_eq!(order.error_rate.unwrap().limit, Some(Limit::Share(Ratio(0.02))));
    assert_eq!(order.p50, None);
}

#[test]
fn an_empty_file_is_all_defaults() {
    let (config, _) = read("");
    assert_eq!(config, Config::default());
    assert_eq!(config.http.timeout, seconds(10));
    assert_eq!((config.http.redirects, config.http.compression, config.http.cookies), (0, true, true));
}

#[test]
fn a_file_that_is_not_there_says_what_works_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("loadgate.toml");
    let error = load(&path).unwrap_err();
    assert!(matches!(error, Error::Missing { .. }));
    let said = error.to_string();
    assert!(said.contains("loadgate hit URL") && said.contains("--config"), "{said}");
    assert!(said.contains(&path.display().to_string()), "{said}");
}

#[test]
fn a_file_that_is_not_text_cannot_be_read() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), [0xff, 0xfe, 0x00]).unwrap();
    let error = load(file.path()).unwrap_err();
    assert!(matches!(error, Error::Intake(_)));
    assert!(error.to_string().contains("UTF-8"), "{error}");
}

#[test]
fn later_rooms_point_at_values_keys_and_tables() {
    let (_, source) = read("[[user]]\nname = \"web\"\n\n[[user.task]]\nname = \"view\"\nget = \"/{{ prodcts.id }}\"\n");
    let task = KeyPath::root().key("user").index(0).key("task").index(0);
    let help = Some("did you mean `products`?".to_owned());
    assert_eq!(
        source.error(&task.key("get"), "no data or value is called `prodcts`", help).to_string(),
        "loadgate.toml:6:7: no data or value is called `prodcts` in user \"web\", task \"view\"\n    \
         6 │ get = \"/{{ prodcts.id }}\"\n      │       ^^^^^^^^^^^^^^^^^^^ did you mean `products`?"
    );
    assert_eq!(
        source.key_error(&task.key("get"), "one request too many", None).to_string(),
        "loadgate.toml:6:1: one request too many in user \"web\", task \"view\"\n    \
         6 │ get = \"/{{ prodcts.id }}\"\n      │ ^^^"
    );
    assert_eq!(
        source.error(&task, "no request", None).to_string(),
        "loadgate.toml:4:1: no request in user \"web\", task \"view\"\n    \
         4 │ [[user.task]]\n      │ ^^^^^^^^^^^^^"
    );
    assert_eq!(
        source
            .error(
                &KeyPath::root().key("profile").key("load"),
                "no profile called `load`",
                Some("add `[profile.load]`".to_owned())
            )
            .to_string(),
        "loadgate.toml: no profile called `load`; add `[profile.load]`"
    );
}

#[test]
fn paths_in_the_file_are_relative_to_its_folder() {
    let (_, source) = parse("", Path::new("shop/loadgate.toml")).unwrap();
    assert_eq!(source.folder(), Path::new("shop"));
    assert_eq!(source.path(), Path::new("shop/loadgate.toml"));
}
