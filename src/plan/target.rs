//! Where requests go: the target's URL, checked and taken apart.
//!
//! In: a URL that was typed. Out: its scheme, host, port and the base path of all requests. Resolves no names, and
//! permits nothing: that is the guard's.

use super::fault::Flaw;

/// A URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) https: bool,
    /// Name or address, in lower case, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Path and query as typed: empty, or starting with `/` or `?`.
    pub(super) rest: String,
}

impl Url {
    /// Takes a URL apart.
    pub(super) fn parse(text: &str) -> Result<Self, Flaw> {
        let (scheme, behind) = text.split_once("://").unwrap_or(("", text));
        let (authority, rest) = behind.split_at(behind.find(['/', '?', '#']).unwrap_or(behind.len()));
        // Before any other complaint, which would repeat the URL: what stands before the @ may be a password.
        if authority.contains('@') {
            return Err(Flaw::new(
                "a URL must not hold a user or password",
                "send headers = { Authorization = \"Basic {{ credentials }}\" } with a secret var",
            ));
        }
        let https = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(Flaw::new(format!("`{text}` is no http:// or https:// URL"), EXAMPLE)),
        };
        if rest.contains('#') {
            return Err(Flaw::new("a URL's fragment is never sent", "leave `#` and what follows it away"));
        }
        let (host, port) = host_and_port(authority)?;
        let port = match port {
            None if https => 443,
            None => 80,
            Some(port) => match port.parse() {
                Ok(0) | Err(_) => return Err(Flaw::new(format!("`{port}` is no port"), "write one from 1 to 65535")),
                Ok(port) => port,
            },
        };
        Ok(Self { https, host, port, rest: rest.to_owned() })
    }

    /// The `Host` header: brackets around IPv6 addresses, the port unless it is the scheme's own.
    pub(super) fn host_header(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        match (self.https, self.port) {
            (true, 443) | (false, 80) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }

    /// The path in front of every request's, without the slash at its end.
    pub(super) fn base_path(&self) -> Result<&str, Flaw> {
        if self.rest.contains('?') {
            return Err(Flaw::new("the target's URL must not hold a query", "put it into the paths of the steps"));
        }
        if !self.rest.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Flaw::new("the target's path must be plain ASCII", "percent-encode what is not"));
        }
        Ok(self.rest.trim_end_matches('/'))
    }
}

const EXAMPLE: &str = "write one like http://127.0.0.1:8000";

/// Host and port of a URL: the host in lower case, without brackets; the port as typed.
pub(super) fn host_and_port(authority: &str) -> Result<(String, Option<&str>), Flaw> {
    let no_host = || Flaw::new(format!("`{authority}` is no host"), EXAMPLE);
    let (host, port) = if let Some(behind) = authority.strip_prefix('[') {
        let (address, port) = behind.split_once(']').ok_or_else(no_host)?;
        let address = address.parse::<std::net::Ipv6Addr>().map_err(|_not_an_address| no_host())?;
        let port = if port.is_empty() { None } else { Some(port.strip_prefix(':').ok_or_else(no_host)?) };
        (address.to_string(), port)
    } else {
        let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
        (host.to_ascii_lowercase(), port)
    };
    if !host.is_ascii() {
        return Err(Flaw::new(format!("the host `{host}` is not ASCII"), "write it in its xn-- form"));
    }
    if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte)) {
        return Err(no_host());
    }
    Ok((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn refusal(text: &str) -> String {
        Url::parse(text).unwrap_err().message
    }

    #[test]
    fn a_url_is_taken_apart_with_its_scheme_s_port() {
        let url = parse("HTTPS://Api.Example.com/v1/?a=b");
        assert_eq!(url, Url { https: true, host: "api.example.com".into(), port: 443, rest: "/v1/?a=b".into() });
        assert_eq!(url.host_header(), "api.example.com");
        assert_eq!(parse("http://localhost").port, 80);
        assert_eq!(parse("http://localhost:8000").host_header(), "localhost:8000");
        assert_eq!(parse("http://localhost?a=b").rest, "?a=b");
    }

    #[test]
    fn an_ipv6_address_keeps_its_brackets_only_in_the_host_header() {
        let url = parse("http://[::1]:8000/");
        assert_eq!((url.host.as_str(), url.port), ("::1", 8000));
        assert_eq!(url.host_header(), "[::1]:8000");
    }

    #[test]
    fn what_is_no_target_is_refused() {
        assert!(refusal("localhost:8000").contains("no http:// or https:// URL"));
        assert!(refusal("ftp://localhost").contains("no http:// or https:// URL"));
        for hostless in ["http://", "http://:80", "http://a b", "http://[::1", "http://[x]", "http://[::1]8"] {
            assert!(refusal(hostless).contains("is no host"), "{hostless}");
        }
        for port in ["0", "65536", "", "x"] {
            assert_eq!(refusal(&format!("http://localhost:{port}/")), format!("`{port}` is no port"));
        }
        assert!(refusal("http://bücher.example").contains("not ASCII"));
        assert!(refusal("http://localhost/#top").contains("fragment"));
    }

    #[test]
    fn a_password_in_a_url_is_refused_and_not_repeated() {
        for url in ["http://admin:hunter2@localhost/", "admin:hunter2@localhost", "ftp://admin:hunter2@localhost/"] {
            let flaw = Url::parse(url).unwrap_err();
            assert!(!format!("{flaw:?}").contains("hunter2"));
            assert!(flaw.help.unwrap().contains("Authorization"));
        }
    }

    #[test]
    fn a_base_path_loses_its_last_slash_and_has_no_query() {
        assert_eq!(parse("http://localhost/api/v1/").base_path().unwrap(), "/api/v1");
        assert_eq!(parse("http://localhost/").base_path().unwrap(), "");
        assert!(parse("http://localhost/?a=b").base_path().is_err());
    }
}
