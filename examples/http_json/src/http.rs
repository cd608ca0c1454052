//! Fetching a page, within limits: of time, from looking up the name to the last byte; of size; and to one server, as
//! what it sends elsewhere is not followed.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use collectd::Escaped;
use ureq::Agent;
use ureq::http::header::{ACCEPT, AUTHORIZATION, LOCATION};
use ureq::http::uri::Scheme;
use ureq::http::{HeaderName, HeaderValue, Uri};

use crate::tls::{self, TlsError};

/// What is to be fetched, and how.
pub(crate) struct Request<'a> {
    pub(crate) url: &'a str,
    /// The kinds of content that are understood.
    pub(crate) accept: &'static str,
    pub(crate) timeout: Duration,
    pub(crate) user: Option<&'a str>,
    pub(crate) password: Option<&'a str>,
    /// Lines such as `X-Token: secret`.
    pub(crate) headers: &'a [String],
    pub(crate) ca_file: Option<&'a Path>,
    /// In bytes.
    pub(crate) max_body_size: u64,
}

/// Why a page cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("this is not an address that begins with http:// or https://")]
    Url,
    #[error("user and password are not part of the address, but have options of their own")]
    UserInUrl,
    #[error("User has a colon, a line break or the like, or Password has no User")]
    User,
    // Without what follows the colon, which may be secret.
    #[error("Header {name:?} is not \"Name: value\" in one line")]
    Header { name: String },
    #[error("MaxBodySize is 0")]
    NoBody,
    #[error("CaFile is of no use: the address does not begin with https://")]
    NoTls,
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("the server does not answer within {0:?}")]
    Timeout(Duration),
    #[error("the server answers with status {status}{}", Elsewhere(.location.as_deref()))]
    Status { status: u16, location: Option<String> },
    #[error("the answer has more than {limit} bytes")]
    TooLarge { limit: u64 },
    // It may quote the other side, whose certificate for example.
    #[error("{}", Escaped(.0.to_string().as_bytes()))]
    Transport(ureq::Error),
}

/// What a redirection leads to.
struct Elsewhere<'a>(Option<&'a str>);

impl fmt::Display for Elsewhere<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |location| write!(f, ", and sends to {location:?}"))
    }
}

/// The address without what may be secret: for the log.
pub(crate) fn public_part(url: &str) -> &str {
    let url = &url[..url.find(['?', '#']).unwrap_or(url.len())];
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url[host..].find('/').map_or(url.len(), |path| host + path);
    url[host..end].rfind('@').map_or(url, |at| &url[host + at + 1..])
}

impl Request<'_> {
    /// Finds what is wrong, without looking at files.
    pub(crate) fn check(&self) -> Result<(), HttpError> {
        let uri: Uri = self.url.parse().map_err(|_| HttpError::Url)?;
        let is_http = uri.scheme_str().is_some_and(|scheme| ["http", "https"].contains(&scheme));
        let authority = uri.authority().filter(|_| is_http).ok_or(HttpError::Url)?;
        if authority.as_str().contains('@') {
            return Err(HttpError::UserInUrl);
        }
        if self.ca_file.is_some() && uri.scheme() != Some(&Scheme::HTTPS) {
            return Err(HttpError::NoTls);
        }
        if self.max_body_size == 0 {
            return Err(HttpError::NoBody);
        }
        self.header_lines().map(drop)
    }

    fn header_lines(&self) -> Result<Vec<(HeaderName, HeaderValue)>, HttpError> {
        let mut lines = vec![(ACCEPT, HeaderValue::from_static(self.accept))];
        for line in self.headers {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let wrong = || HttpError::Header { name: name.to_owned() };
            let value = HeaderValue::from_str(value.trim()).ok().filter(|value| !value.is_empty()).ok_or_else(wrong)?;
            lines.push((name.trim().parse().map_err(|_| wrong())?, value));
        }
        lines.extend(self.authorization()?);
        Ok(lines)
    }

    fn authorization(&self) -> Result<Option<(HeaderName, HeaderValue)>, HttpError> {
        let (user, password) = match (self.user, self.password) {
            (None, None) => return Ok(None),
            (None, Some(_)) => return Err(HttpError::User),
            (Some(user), password) => (user, password.unwrap_or_default()),
        };
        if user.contains(':') || user.contains(char::is_control) {
            return Err(HttpError::User);
        }
        let encoded = BASE64_STANDARD.encode(format!("{user}:{password}"));
        let value = HeaderValue::from_str(&format!("Basic {encoded}")).map_err(|_| HttpError::User)?;
        Ok(Some((AUTHORIZATION, value)))
    }
}

/// Fetches one page over and over.
pub(crate) struct Client {
    agent: Agent,
    url: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    timeout: Duration,
    limit: u64,
}

impl Client {
    pub(crate) fn new(request: &Request<'_>) -> Result<Self, HttpError> {
        let config = Agent::config_builder()
            .timeout_global(Some(request.timeout))
            .max_redirects(0)
            .http_status_as_error(false)
            // The environment of a daemon is not its configuration.
            .proxy(None)
            // Between two intervals a server may close it.
            .max_idle_connections(0)
            .user_agent("collectd");
        let uri: Uri = request.url.parse().map_err(|_| HttpError::Url)?;
        let is_https = uri.scheme() == Some(&Scheme::HTTPS);
        let config = if is_https { config.tls_config(tls::config(request.ca_file)?) } else { config };
        Ok(Client {
            agent: config.build().into(),
            url: request.url.to_owned(),
            headers: request.header_lines()?,
            timeout: request.timeout,
            limit: request.max_body_size,
        })
    }

    /// The content of the page.
    pub(crate) fn fetch(&self) -> Result<Vec<u8>, HttpError> {
        let request = self.headers.iter().fold(self.agent.get(&self.url), |get, (name, value)| get.header(name, value));
        let mut response = request.call().map_err(|error| self.error(error))?;
        let status = response.status();
        if status.as_u16() != 200 {
            let location = response.headers().get(LOCATION).filter(|_| status.is_redirection());
            let location = location.map(|location| String::from_utf8_lossy(location.as_bytes()).into_owned());
            return Err(HttpError::Status { status: status.as_u16(), location });
        }
        response.body_mut().with_config().limit(self.limit).read_to_vec().map_err(|error| self.error(error))
    }

    fn error(&self, error: ureq::Error) -> HttpError {
        match error {
            ureq::Error::Timeout(_) => HttpError::Timeout(self.timeout),
            ureq::Error::BodyExceedsLimit(_) => HttpError::TooLarge { limit: self.limit },
            error => HttpError::Transport(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'a>(url: &'a str, headers: &'a [String]) -> Request<'a> {
        Request {
            url,
            accept: "*/*",
            timeout: Duration::from_secs(1),
            user: None,
            password: None,
            headers,
            ca_file: None,
            max_body_size: 1,
        }
    }

    #[test]
    fn addresses_are_of_http() {
        for url in ["http://h", "https://h:8443/a?b=c", "http://[::1]:80/", "http://127.0.0.1/x"] {
            assert!(request(url, &[]).check().is_ok(), "{url}");
        }
        for url in ["", "h", "/a", "h:80", "ftp://h/", "http://", "http:///a", "file:///etc/passwd", "http://a b/"] {
            let error = request(url, &[]).check().unwrap_err();
            assert!(matches!(error, HttpError::Url), "{url}: {error}");
        }
        let error = request("http://me:secret@h/", &[]).check().unwrap_err();
        assert!(matches!(error, HttpError::UserInUrl), "{error}");
    }

    #[test]
    fn who_names_certificates_wants_encryption() {
        let with = |url| Request { ca_file: Some(Path::new("/ca.pem")), ..request(url, &[]) }.check();
        assert!(matches!(with("http://h/"), Err(HttpError::NoTls)));
        assert!(with("https://h/").is_ok() && with("HTTPS://h/").is_ok());
    }

    #[test]
    fn secrets_are_not_told() {
        assert_eq!(public_part("https://h:1/a/b?token=secret#part"), "https://h:1/a/b");
        assert_eq!(public_part("https://me:secret@h/a@b"), "h/a@b");
        assert_eq!(public_part("https://h/a@b"), "https://h/a@b");
        assert_eq!(public_part("me:secret@h"), "h");
        let headers = ["X-Token: secret\n".to_owned() + "second line"];
        let error = request("http://h", &headers).check().unwrap_err();
        assert_eq!(error.to_string(), "Header \"X-Token\" is not \"Name: value\" in one line");
    }

    #[test]
    fn lines_of_the_request_are_checked() {
        for line in ["X-Token", ": a", "a b: c", "X-Token:", "X: a\r\nHost: b"] {
            let headers = [line.to_owned()];
            let error = request("http://h", &headers).check().unwrap_err();
            assert!(matches!(error, HttpError::Header { .. }), "{line:?}: {error}");
        }
        let base = request("http://h", &[]);
        for (user, password) in [(None, Some("b")), (Some("a:b"), None), (Some("a\n"), Some("b"))] {
            let error = Request { user, password, ..base }.check().unwrap_err();
            assert!(matches!(error, HttpError::User), "{user:?}: {error}");
        }
        let with_user = Request { user: Some("Aladdin"), password: Some("open sesame"), ..base };
        let (_, value) = with_user.authorization().unwrap().unwrap();
        assert_eq!(value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
