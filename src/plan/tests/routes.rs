//! The protocol and the way to the target.

use super::support::{choice, compile};
use crate::client::{Connections, Route, Target, Version};
use crate::plan::Choice;

fn target(url: &str, http: &str) -> Result<Target, String> {
    target_of(url, http, &choice())
}

fn target_of(url: &str, http: &str, choice: &Choice) -> Result<Target, String> {
    let text = format!(
        "[target]\nurl = '{url}'\n[http]\n{http}\n[profile.x]\nusers = 1\nduration = '1s'\n[[user]]\n[[user.task]]\nget = '/'"
    );
    compile(&text, choice).map(|plan| plan.target)
}

#[track_caller]
fn refused(url: &str, http: &str, what: &str, help: &str) {
    let error = target(url, http).unwrap_err();
    assert!(error.contains(what), "{http}: no {what:?} in\n{error}");
    assert!(error.contains(help), "{http}: no {help:?} in\n{error}");
}

const PLAIN: &str = "http://localhost:8000";
const SECURE: &str = "https://shop.test";

#[test]
fn nothing_typed_is_http_1_1_straight_to_the_target() {
    let target = target(PLAIN, "").unwrap();
    assert_eq!(target.version, Version::Http1);
    assert!(matches!(target.route, Route::Lookup) && target.bind.is_none());
}

#[test]
fn http_2_is_agreed_on_and_no_other_protocol_offered() {
    let version = |http: &str| target(SECURE, &format!("{http}\ntls = {{ insecure = true }}")).unwrap();
    let user = version("version = '2'");
    assert_eq!(
        (user.version, user.tls.unwrap().config.alpn_protocols.as_slice()),
        (Version::Http2(Connections::User), [b"h2".to_vec()].as_slice())
    );
    assert_eq!(version("version = '2'\nconnections = 'shared'").version, Version::Http2(Connections::Shared));
    assert_eq!(version("version = '1.1'").tls.unwrap().config.alpn_protocols, [b"http/1.1".to_vec()]);
}

#[test]
fn versions_and_connections_fit_together() {
    refused(PLAIN, "version = '3'", "HTTP/3 is not built in", "write version = \"2\"");
    refused(PLAIN, "connections = 'shared'", "each user has a connection of its own", "write version = \"2\"");
    let fleeting = "version = '2'\nconnections = 'shared'\nkeep_alive = false";
    refused(PLAIN, fleeting, "shared by nobody", "keep one of the two");
}

#[test]
fn there_is_one_way_to_the_target() {
    refused(PLAIN, "unix_socket = 'a'\nproxy = 'http://localhost:1'", "`unix_socket` and `proxy`", "keep one");
    refused(PLAIN, "unix_socket = 'a'\nresolve = { localhost = '127.0.0.1' }", "`unix_socket` and `resolve`", "keep");
    refused(PLAIN, "unix_socket = 'a'\nbind = '127.0.0.2'", "`unix_socket` and `bind`", "keep one");
    let resolved = "proxy = 'http://localhost:1'\nresolve = { localhost = '127.0.0.1' }";
    refused(PLAIN, resolved, "`resolve` and `proxy`", "keep one");
}

#[test]
fn an_address_stands_for_the_target_s_name_and_no_other() {
    let address = |http: &str| match target("http://shop.test:8000", http).unwrap().route {
        Route::Address(address) => address.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(address("resolve = { 'Shop.test' = '127.0.0.1:8443' }"), "127.0.0.1:8443");
    assert_eq!(address("resolve = { 'shop.test' = '::1' }"), "[::1]:8000");
    refused(PLAIN, "resolve = { 'shop.test' = '127.0.0.1' }", "not the target's host name", "`localhost`");
    refused("http://127.0.0.1", "resolve = { '127.0.0.1' = '127.0.0.2' }", "not the target's host name", "a name");
    refused(PLAIN, "resolve = { localhost = 'here' }", "`here` is no address", "127.0.0.1:8443");
    refused(PLAIN, "resolve = { localhost = '8.8.8.8' }", "neither this machine", "allow = [\"localhost\"]");
    let other_port = "version = '2'\nresolve = { localhost = '127.0.0.1:9' }";
    refused(PLAIN, other_port, "the port is the URL's, 8000", "write \"127.0.0.1\"");
}

#[test]
fn a_local_address_is_one_of_the_target_s_kind() {
    assert_eq!(target(PLAIN, "bind = '127.0.0.2'").unwrap().bind, Some("127.0.0.2".parse().unwrap()));
    refused(PLAIN, "bind = 'eth0'", "`eth0` is no address", "10.0.0.2");
    refused("http://127.0.0.1", "bind = '::1'", "not of one kind", "both as IPv4");
}

#[test]
fn a_unix_socket_is_relative_to_the_file() {
    let base = Choice { base: "/srv/shop".into(), ..choice() };
    let target = target_of(PLAIN, "unix_socket = 'run/app.sock'", &base).unwrap();
    assert!(matches!(target.route, Route::UnixSocket(path) if path.ends_with("shop/run/app.sock")));
    refused(PLAIN, &format!("unix_socket = '{}'", "long".repeat(40)), "cannot be the path", "shorter");
}

#[test]
fn a_proxy_has_a_scheme_a_host_and_its_own_port() {
    let proxy = |url: &str| match target(PLAIN, &format!("proxy = '{url}'")).unwrap().route {
        Route::Proxy(proxy) => (proxy.url, proxy.host, proxy.port),
        other => panic!("{other:?}"),
    };
    let known = [
        ("http://localhost", "http://localhost:80", "localhost", 80),
        ("HTTP://me:hunter2@Localhost:3128/", "http://me:hunter2@localhost:3128", "localhost", 3128),
        ("socks5://127.0.0.1", "socks5://127.0.0.1:1080", "127.0.0.1", 1080),
        ("socks5h://[::1]:9", "socks5h://[::1]:9", "::1", 9),
    ];
    for (typed, url, host, port) in known {
        assert_eq!(proxy(typed), (url.to_owned(), host.to_owned(), port));
    }
}

#[test]
fn a_proxy_is_guarded_like_the_target() {
    refused(PLAIN, "proxy = 'http://8.8.8.8:3128'", "neither this machine", "allow = [\"8.8.8.8\"]");
    let private_only = |allow: &str| {
        let text = format!(
            "[target]\nurl = '{PLAIN}'\nallow = [{allow}]\n[http]\nproxy = 'http://proxy.example.com'\n\
             [profile.x]\nusers = 1\nduration = '1s'\n[[user]]\n[[user.task]]\nget = '/'"
        );
        match compile(&text, &choice()).unwrap().target.route {
            Route::Proxy(proxy) => proxy.private_only,
            other => panic!("{other:?}"),
        }
    };
    assert!(private_only("") && private_only("'localhost'") && !private_only("'proxy.example.com'"));
}

#[test]
fn no_error_and_no_debug_output_repeats_a_proxy_s_password() {
    let broken = [
        "http://me:hunter2@",
        "me:hunter2@localhost",
        "ftp://me:hunter2@localhost",
        "http://me:hunter2",
        "http://me:hunter2@localhost:99999",
        "http://me:hunter2@localhost/path",
        "http://me:hunter2@8.8.8.8",
        "http://me:hun/ter2@localhost",
    ];
    for url in broken {
        let error = target(PLAIN, &format!("proxy = '{url}'")).unwrap_err();
        assert!(!error.contains("hunter2") && !error.contains("ter2"), "{error}");
        assert!(error.contains("no URL of a proxy") || error.contains("neither this machine"), "{error}");
    }
    let target = target(PLAIN, "proxy = 'http://me:hunter2@localhost'").unwrap();
    assert!(!format!("{target:?}").contains("hunter2"));
}

#[test]
fn protocols_names_and_proxies_fit_together() {
    let forwarded = "version = '2'\nproxy = 'http://localhost:1'";
    refused(PLAIN, forwarded, "an HTTP proxy forwards http:// requests in HTTP/1.1", "socks5://");
    assert!(target(PLAIN, "version = '2'\nproxy = 'socks5://localhost:1'").is_ok());
    let named = "proxy = 'http://localhost:1'\ntls = { server_name = 'a.test', insecure = true }";
    refused(SECURE, named, "a proxy connects to the URL's host", "write that name in the URL");
    let address = "version = '2'\ntls = { server_name = '127.0.0.1', insecure = true }";
    refused(SECURE, address, "an address is no name to expect", "DNS name");
}

#[test]
fn a_certificate_and_its_key_come_together_and_belong_together() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    let identity = || rcgen::generate_simple_self_signed(["me".to_owned()]).unwrap();
    let mine = identity();
    write("me.pem", mine.cert.pem());
    write("me.key", mine.signing_key.serialize_pem());
    write("other.key", identity().signing_key.serialize_pem());
    let base = Choice { base: folder.path().into(), ..choice() };
    let shown = |tls: &str| target_of(SECURE, &format!("tls = {{ insecure = true, {tls} }}"), &base);
    assert!(shown("cert = 'me.pem', key = 'me.key'").is_ok());
    let wrong = [
        ("cert = 'me.pem'", "`cert` has no `key`"),
        ("key = 'me.key'", "`key` has no `cert`"),
        ("cert = 'none.pem', key = 'me.key'", "cannot read certificates from none.pem"),
        ("cert = 'me.key', key = 'me.key'", "there is no certificate in it"),
        ("cert = 'me.pem', key = 'me.pem'", "there is no key in it"),
        ("cert = 'me.pem', key = 'other.key'", "me.pem and other.key are no identity"),
    ];
    for (tls, what) in wrong {
        let error = shown(tls).unwrap_err();
        assert!(error.contains(what), "{tls}: {error}");
    }
}
