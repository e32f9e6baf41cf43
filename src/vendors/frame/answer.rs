//! What a stubbed endpoint answers, so that the page goes on as if the vendor
//! had been there. Sets no cookies and redirects nowhere.

use crate::model::request::Header;
use crate::model::vendor::{StubResponse, WireRequest};
use crate::wire::address::Address;

/// The body of an answer.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// A transparent GIF of one pixel.
    Gif,
    NoContent,
    /// 200 with a JSON text.
    Json(&'static str),
    /// 200 with a JavaScript text.
    Script(&'static str),
    /// 200 with nothing.
    Empty,
    /// The GIF to a GET, nothing to anything else.
    Image,
    /// What the URL asks for.
    By(fn(&Address<'_>) -> Answer),
}

const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;";

/// The whole response, with headers that let any origin read it, with
/// credentials, and any document embed it. A preflight is allowed everything
/// that it asks for.
pub fn respond(answer: Answer, request: &WireRequest<'_>) -> StubResponse {
    let header = |name: &str| {
        request
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case(name))
            .map(|header| header.value.as_str())
    };
    let mut headers = Vec::new();
    let mut add = |name: &str, value: &str| {
        headers.push(Header { name: name.to_owned(), value: value.to_owned() });
    };
    match header("origin").filter(|origin| is_plain(origin)) {
        Some(origin) => {
            add("access-control-allow-origin", origin);
            add("access-control-allow-credentials", "true");
            add("vary", "Origin");
        }
        None => add("access-control-allow-origin", "*"),
    }
    add("cross-origin-resource-policy", "cross-origin");
    add("timing-allow-origin", "*");
    add("cache-control", "no-store");
    if request.method.eq_ignore_ascii_case("OPTIONS") {
        let asked = |name: &str| header(name).filter(|value| is_plain(value));
        let method = asked("access-control-request-method").unwrap_or("GET, POST");
        add("access-control-allow-methods", method);
        if let Some(names) = asked("access-control-request-headers") {
            add("access-control-allow-headers", names);
        }
        add("access-control-max-age", "600");
        return StubResponse { status: 204, headers, body: Vec::new() };
    }
    let answer = match (answer, Address::parse(request.url)) {
        (Answer::By(of), Some(address)) => of(&address),
        (answer, _) => answer,
    };
    let (status, kind, body) = match answer {
        Answer::Image if !request.method.eq_ignore_ascii_case("GET") => {
            (200, Some("text/plain; charset=utf-8"), &b""[..])
        }
        Answer::Gif | Answer::Image => (200, Some("image/gif"), GIF),
        Answer::NoContent | Answer::By(_) => (204, None, &b""[..]),
        Answer::Json(text) => (200, Some("application/json; charset=utf-8"), text.as_bytes()),
        Answer::Script(text) => (200, Some("text/javascript; charset=utf-8"), text.as_bytes()),
        Answer::Empty => (200, Some("text/plain; charset=utf-8"), &b""[..]),
    };
    if let Some(kind) = kind {
        add("content-type", kind);
    }
    StubResponse { status, headers, body: body.to_vec() }
}

/// A header's value comes from the page: nothing that could end the line.
fn is_plain(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respond_to(method: &str, headers: &[(&str, &str)], answer: Answer) -> StubResponse {
        let headers: Vec<Header> = headers
            .iter()
            .map(|(name, value)| Header { name: (*name).to_owned(), value: (*value).to_owned() })
            .collect();
        respond(
            answer,
            &WireRequest {
                url: "https://pixel.test/",
                method,
                body: b"",
                content_type: None,
                content_encoding: None,
                headers: &headers,
            },
        )
    }

    fn value<'a>(response: &'a StubResponse, name: &str) -> Option<&'a str> {
        response.headers.iter().find(|header| header.name == name).map(|header| &*header.value)
    }

    #[test]
    fn the_origin_is_echoed_with_credentials() {
        let origin = [("Origin", "https://shop.test")];
        let response = respond_to("POST", &origin, Answer::NoContent);
        assert_eq!(response.status, 204);
        assert_eq!(value(&response, "access-control-allow-origin"), Some("https://shop.test"));
        assert_eq!(value(&response, "access-control-allow-credentials"), Some("true"));
        let hostile = respond_to("POST", &[("origin", "x\r\nset-cookie: a")], Answer::Empty);
        assert_eq!(value(&hostile, "access-control-allow-origin"), Some("*"));
        assert_eq!(value(&hostile, "access-control-allow-credentials"), None);
    }

    #[test]
    fn a_preflight_is_allowed_what_it_asks() {
        let asked = [
            ("Origin", "https://shop.test"),
            ("Access-Control-Request-Method", "PUT"),
            ("Access-Control-Request-Headers", "x-a, content-type"),
        ];
        let response = respond_to("OPTIONS", &asked, Answer::Gif);
        assert_eq!((response.status, response.body.len()), (204, 0));
        assert_eq!(value(&response, "access-control-allow-methods"), Some("PUT"));
        assert_eq!(value(&response, "access-control-allow-headers"), Some("x-a, content-type"));
    }

    #[test]
    fn an_image_is_an_image() {
        let response = respond_to("GET", &[], Answer::Gif);
        assert_eq!(value(&response, "content-type"), Some("image/gif"));
        assert!(response.body.starts_with(b"GIF89a") && response.body.ends_with(b";"));
    }
}
