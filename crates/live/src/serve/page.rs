//! The page: files that are part of the program.

use hyper::StatusCode;
use hyper::header::{self, HeaderMap, HeaderValue};

use super::reply::{Content, Reply, reply as answer, whole};

/// A file of the page.
pub(super) struct File {
    path: &'static str,
    content_type: &'static str,
    content: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! files {
    ($($path:literal $content_type:expr, $name:literal;)*) => {
        [$(File { path: $path, content_type: $content_type, content: include_str!(concat!("page/", $name)) }),*]
    };
}

static FILES: &[File] = &files! {
    "/" "text/html; charset=utf-8", "index.html";
    "/style.css" "text/css; charset=utf-8", "style.css";
    "/icon.svg" "image/svg+xml", "icon.svg";
    "/app.js" SCRIPT, "app.js";
    "/axis.js" SCRIPT, "axis.js";
    "/chart.js" SCRIPT, "chart.js";
    "/dom.js" SCRIPT, "dom.js";
    "/download.js" SCRIPT, "download.js";
    "/names.js" SCRIPT, "names.js";
    "/notices.js" SCRIPT, "notices.js";
    "/statistics.js" SCRIPT, "statistics.js";
    "/tree.js" SCRIPT, "tree.js";
    "/view.js" SCRIPT, "view.js";
};

pub(super) fn find(path: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.path == path)
}

/// A file. Browsers ask each time whether theirs is still good: it is as long as the program is the same.
pub(super) fn reply(file: &File, headers: &HeaderMap) -> Reply {
    let tag = tag(file.content);
    let is_known = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let is_known = is_known.is_some_and(|tags| tags.split(',').any(|other| other.trim() == tag));
    let (status, content) = match is_known {
        true => (StatusCode::NOT_MODIFIED, Content::Whole(None)),
        false => (StatusCode::OK, whole(file.content)),
    };
    let mut reply = answer(status, file.content_type, content);
    let headers = reply.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    reply
}

/// FNV-1a: files that differ have other tags, if nobody means them not to.
fn tag(content: &str) -> String {
    let hash = content
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("\"{hash:016x}\"")
}
