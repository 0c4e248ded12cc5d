//! Where load may go.

use super::support::{choice, compile};
use crate::plan::Choice;

fn target(target: &str, choice: &Choice) -> Result<crate::client::Target, String> {
    let text =
        format!("[target]\n{target}\n[profile.x]\nusers = 1\nduration = '1s'\n[[user]]\n[[user.task]]\nget = '/'");
    compile(&text, choice).map(|plan| plan.target)
}

#[test]
fn a_host_is_guarded_unless_it_is_named() {
    assert!(target("url = 'http://shop.example.com'", &choice()).unwrap().private_only);
    let named = "url = 'http://shop.example.com'\nallow = ['shop.example.com']";
    assert!(!target(named, &choice()).unwrap().private_only);
    let error = target("url = 'http://8.8.8.8'", &choice()).unwrap_err();
    assert!(error.contains("neither this machine nor in a private network") && error.contains("allow = "), "{error}");
}

#[test]
fn a_typed_target_wins_and_is_guarded_alike() {
    let typed = |url: &str| Choice { target: Some(url.into()), ..choice() };
    let dialled = target("url = 'http://8.8.8.8'", &typed("http://127.0.0.1:9000")).unwrap();
    assert_eq!((dialled.host.as_str(), dialled.port, dialled.private_only), ("127.0.0.1", 9000, true));
    let error = target("url = 'http://127.0.0.1'", &typed("http://8.8.8.8")).unwrap_err();
    assert!(error.starts_with("--target: 8.8.8.8 is neither this machine"), "{error}");
}

#[test]
fn demo_stands_for_the_demo_api() {
    assert_eq!(target("url = 'demo'", &choice()).unwrap().port, 4444);
    let error = target("url = 'demo'", &Choice { started_url: None, ..choice() }).unwrap_err();
    assert!(error.contains("the target is not running"), "{error}");
}

#[test]
fn a_description_names_its_target() {
    assert!(target("", &choice()).unwrap_err().contains("there is no target"));
}

#[test]
fn https_targets_get_tls_and_others_do_not() {
    let insecure = "url = 'https://127.0.0.1'\n[http.tls]\ninsecure = true";
    let dialled = target(insecure, &choice()).unwrap();
    assert!(dialled.tls.is_some());
    assert_eq!(dialled.port, 443);
    assert!(target("url = 'http://127.0.0.1'", &choice()).unwrap().tls.is_none());
    let error = target("url = 'https://127.0.0.1'\n[http.tls]\nca = 'none.pem'", &choice()).unwrap_err();
    assert!(error.contains("cannot read certificates from none.pem"), "{error}");
}

#[test]
fn production_is_no_target_whoever_says_so() {
    let production = "url = 'http://127.0.0.1'\nproduction = ['*.example.com', '203.0.113.0/24']";
    let typed = |url: &str| Choice { target: Some(url.into()), ..choice() };
    for url in
        ["http://api.example.com", "http://API.Example.com./", "http://203.0.113.7", "http://[::ffff:203.0.113.7]"]
    {
        let error = target(production, &typed(url)).unwrap_err();
        assert!(error.starts_with("--target: ") && error.contains("of [target] production"), "{error}");
    }
    assert!(target(production, &typed("http://127.0.0.1:9000")).is_ok());
    let filed = "url = 'http://api.example.com'\nproduction = ['api.example.com']";
    let error = target(filed, &choice()).unwrap_err();
    assert!(
        error.starts_with("loadgate.toml:2:7: api.example.com is api.example.com of [target] production"),
        "{error}"
    );
}

#[test]
fn production_is_no_proxy_and_no_address_for_a_name_and_no_socket_s_name() {
    let with = |url: &str, http: &str| {
        let around = "[profile.x]\nusers = 1\nduration = '1s'\n[[user]]\n[[user.task]]\nget = '/'";
        let lists = "allow = ['shop.example.org']\nproduction = ['proxy.example.com', '10.9.0.0/16']";
        compile(&format!("[target]\nurl = '{url}'\n{lists}\n[http]\n{http}\n{around}"), &choice()).map(drop)
    };
    for (url, http) in [
        ("http://shop.example.org", "proxy = 'http://proxy.example.com:3128'"),
        ("http://shop.example.org", "proxy = 'socks5h://10.9.1.1'"),
        ("http://shop.example.org", "resolve = { 'shop.example.org' = '10.9.1.1' }"),
        ("http://proxy.example.com", "resolve = { 'proxy.example.com' = '127.0.0.1' }"),
        ("http://proxy.example.com", "unix_socket = 'api.sock'"),
    ] {
        assert!(with(url, http).unwrap_err().contains("of [target] production"), "{http}");
    }
    assert_eq!(with("http://shop.example.org", "resolve = { 'shop.example.org' = '10.8.1.1' }"), Ok(()));
}

#[test]
fn a_list_of_hosts_that_makes_no_sense_is_said_with_its_place() {
    let error = target("url = 'demo'\nproduction = ['a.example.com', 'https://b.example.com']", &choice()).unwrap_err();
    assert!(error.starts_with("loadgate.toml:3:32: `https://b.example.com` is no host and no network"), "{error}");
    let both = "url = 'demo'\nallow = ['a.example.com']\nproduction = ['*.example.com']";
    let error = target(both, &choice()).unwrap_err();
    assert!(error.starts_with("loadgate.toml:3:10: `a.example.com` is allowed here, and *.example.com of"), "{error}");
}
