//! Where GitHub's API is, and the token that opens it.
//!
//! In: the environment of a runner. Out: an [`Access`], whose token shows itself to nobody. Sends nothing.

use std::fmt;

use url::Url;

use super::error::Error;

/// Where the API of github.com is.
const PUBLIC: &str = "https://api.github.com";

/// A token. Its text is for the header alone: it is in no output, not even for debugging.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The value of `Authorization`.
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(…)")
    }
}

/// Where the API is, and the token that opens it.
#[derive(Debug, Clone)]
pub struct Access {
    pub(super) base: Url,
    pub(super) token: Token,
}

impl Access {
    /// What a runner's variables say: `GITHUB_API_URL`, and `GITHUB_TOKEN` or else `GH_TOKEN`.
    ///
    /// # Errors
    /// No token, one that is no token, or an address that would carry it in the clear.
    pub fn detect(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let set = |name| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let token = set("GITHUB_TOKEN").or_else(|| set("GH_TOKEN")).ok_or_else(|| {
            Error::Setup(
                "there is no token: set GITHUB_TOKEN, in a workflow `env: GITHUB_TOKEN: ${{ github.token }}` with \
                 `permissions: pull-requests: write`; or look at the comment with --dry-run"
                    .to_owned(),
            )
        })?;
        if !token.chars().all(|c| c.is_ascii_graphic()) {
            return Err(Error::Setup("GITHUB_TOKEN is no token: it holds spaces or other characters".to_owned()));
        }
        let typed = set("GITHUB_API_URL").unwrap_or_else(|| PUBLIC.to_owned());
        Ok(Self { base: base(&typed)?, token: Token(token) })
    }
}

fn base(typed: &str) -> Result<Url, Error> {
    let unusable = |why: &str| Error::Setup(format!("GITHUB_API_URL is {why}; write it as `{PUBLIC}`"));
    let mut base = Url::parse(typed).map_err(|error| unusable(&format!("no URL ({error})")))?;
    let local = matches!(base.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if base.scheme() != "https" && !(base.scheme() == "http" && local) {
        return Err(unusable("not https, so the token would travel in the clear"));
    }
    if !base.username().is_empty() || base.password().is_some() || base.query().is_some() {
        return Err(unusable("more than an address"));
    }
    // Without it, joining a path would replace the last part of Enterprise's `/api/v3`.
    if !base.path().ends_with('/') {
        base.set_path(&format!("{}/", base.path()));
    }
    Ok(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(variables: &[(&str, &str)]) -> Result<Access, Error> {
        Access::detect(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_public_api_is_asked_unless_an_enterprise_says_otherwise() {
        assert_eq!(access(&[("GITHUB_TOKEN", "t")]).unwrap().base.as_str(), "https://api.github.com/");
        let enterprise = [("GH_TOKEN", "t"), ("GITHUB_API_URL", "https://git.example.com/api/v3")];
        assert_eq!(access(&enterprise).unwrap().base.as_str(), "https://git.example.com/api/v3/");
    }

    #[test]
    fn without_a_token_it_says_where_one_comes_from() {
        let error = access(&[("GITHUB_TOKEN", " ")]).unwrap_err().to_string();
        assert!(error.contains("set GITHUB_TOKEN") && error.contains("--dry-run"), "{error}");
    }

    #[test]
    fn a_token_never_travels_in_the_clear() {
        let over = |url| access(&[("GITHUB_TOKEN", "t"), ("GITHUB_API_URL", url)]);
        assert!(over("http://127.0.0.1:80").is_ok());
        for url in ["http://git.example.com", "ftp://git.example.com", "git.example.com", "https://u:p@git.example.com"]
        {
            let error = over(url).unwrap_err().to_string();
            assert!(error.starts_with("GITHUB_API_URL is "), "{url}: {error}");
        }
    }

    #[test]
    fn a_token_shows_itself_to_nobody() {
        let access = access(&[("GITHUB_TOKEN", "ghs_secret")]).unwrap();
        assert!(!format!("{access:?}").contains("ghs_secret"));
        assert!(
            matches!(super::Access::detect(|_| Some("ghs secret".into())), Err(error) if !error.to_string().contains("ghs"))
        );
    }
}
