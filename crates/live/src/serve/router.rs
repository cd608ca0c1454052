//! Which answer a request gets.

use std::sync::Arc;

use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, StatusCode};

use super::address::Names;
use super::query::Query;
use super::reply::{Content, Reply, refuse};
use super::shared::Shared;
use super::{api, live, metrics, page, stream};

/// Answers a request. What was sent with it is not read.
pub(super) async fn route<B>(request: &Request<B>, shared: &Arc<Shared>, names: &Names) -> Reply {
    if !is_allowed(request, names) {
        let why = "this page is not known under this name; if it should be: --http-host NAME";
        return refuse(StatusCode::MISDIRECTED_REQUEST, why);
    }
    let is_head = request.method() == Method::HEAD;
    if !is_head && request.method() != Method::GET {
        let mut reply = refuse(StatusCode::METHOD_NOT_ALLOWED, "here everything is only to be read");
        reply.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return reply;
    }
    let reply = find(request, shared).await;
    let reply = reply.unwrap_or_else(|why| refuse(StatusCode::BAD_REQUEST, &why));
    if is_head { without_content(reply) } else { reply }
}

async fn find<B>(request: &Request<B>, shared: &Arc<Shared>) -> Result<Reply, String> {
    let path = request.uri().path();
    if let Some(file) = page::find(path) {
        return Ok(page::reply(file, request.headers()));
    }
    let query = Query::parse(request.uri().query().unwrap_or(""))?;
    match path {
        "/api/hosts" => api::hosts(shared, &query),
        "/api/series" => api::series(shared, &query).await,
        "/api/history" => api::history(shared, &query),
        "/api/notifications" => api::notifications(shared, &query),
        "/api/statistics" => api::statistics(shared, &query),
        "/api/live" => live::reply(shared, &query),
        "/api/stream" => stream::reply(shared, &query),
        "/metrics" => metrics::reply(shared, &query).await,
        _ => {
            Ok(refuse(StatusCode::NOT_FOUND, "there is nothing here; \"collectd-live help serve\" lists what there is"))
        }
    }
}

/// Whether it asks for us by a name that is ours. HTTP/1.0 may be without one, which nobody needs any more.
fn is_allowed<B>(request: &Request<B>, names: &Names) -> bool {
    let authority = request.uri().authority().map(hyper::http::uri::Authority::as_str);
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (first, second) = (hosts.next().and_then(|host| host.to_str().ok()), hosts.next());
    first.is_some_and(|host| names.allow(host)) && second.is_none() && authority.is_none_or(|host| names.allow(host))
}

fn without_content(reply: Reply) -> Reply {
    let (mut head, content) = reply.into_parts();
    if let Content::Whole(Some(bytes)) = &content {
        head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    }
    Reply::from_parts(head, Content::Whole(None))
}
