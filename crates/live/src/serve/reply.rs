//! Answers, and what is true of all of them.

use std::convert::Infallible;
use std::fmt::Write;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{self, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

/// The content of an answer.
pub(super) enum Content {
    Whole(Option<Bytes>),
    /// Comes bit by bit, as it is read; never faster.
    Stream(Pin<Box<dyn Stream>>),
}

/// Something that comes bit by bit.
pub(super) trait Stream: Send {
    /// As [`Body::poll_frame`], without errors.
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>>;
}

pub(super) type Reply = Response<Content>;

/// What every answer says: that nothing may be run, shown or loaded but what is here, and by nobody else's page.
const ALWAYS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

pub(super) const JSON: &str = "application/json";
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

/// An answer that is not to be kept.
pub(super) fn reply(status: StatusCode, content_type: &'static str, content: Content) -> Reply {
    let mut reply = Response::new(content);
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    reply
}

pub(super) fn whole(content: impl Into<Bytes>) -> Content {
    Content::Whole(Some(content.into()))
}

pub(super) fn stream(stream: impl Stream + 'static) -> Content {
    Content::Stream(Box::pin(stream))
}

/// Something as JSON, with a newline for those who read it on a terminal.
pub(super) fn json(value: &impl serde::Serialize) -> Reply {
    match serde_json::to_vec(value) {
        Ok(mut text) => {
            text.push(b'\n');
            reply(StatusCode::OK, JSON, whole(text))
        }
        Err(error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

/// An answer that says why there is no other.
pub(super) fn refuse(status: StatusCode, why: &str) -> Reply {
    let mut text = String::new();
    // A string takes everything.
    let _ = writeln!(text, "{status}: {why}");
    reply(status, TEXT, whole(text))
}

impl Body for Content {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = match &mut *self {
            Content::Whole(bytes) => Poll::Ready(bytes.take()),
            Content::Stream(stream) => stream.as_mut().poll_next(cx),
        };
        next.map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Content::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Content::Stream(_) => SizeHint::default(),
        }
    }
}
