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
    let error = target("url = 'demo'", &Choice { demo_url: None, ..choice() }).unwrap_err();
    assert!(error.contains("the demo API is not running"), "{error}");
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
