//! The shop asked over a real socket and without one: pages answer, themes
//! differ, forms refuse, orders are unique, hostile requests get an answer.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::shop::answer::{Answer, Memory, answer};
use crate::shop::{Shop, ShopOptions, ShopRequest, Theme, USUAL_PORT, serve};

const PORT: u16 = 8080;

/// A shop without a socket, with a cookie jar of one cookie.
#[derive(Default)]
struct Visitor {
    memory: Memory,
    theme: Theme,
    cookie: String,
}

impl Visitor {
    fn of(theme: Theme) -> Self {
        Self { theme, ..Self::default() }
    }

    fn ask(&mut self, method: &str, url: &str, content_type: &str, body: &[u8]) -> Answer {
        let headers = vec![
            ("cookie".to_owned(), self.cookie.clone()),
            ("content-type".to_owned(), content_type.to_owned()),
        ];
        let (method, url) = (method.to_owned(), url.to_owned());
        let request = ShopRequest { method, url, headers, body: body.to_vec() };
        let answer = answer(&self.memory, self.theme, PORT, &request);
        if let Some(cookie) = header(&answer, "set-cookie") {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        answer
    }

    fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", &format!("http://shop.localhost:{PORT}{path}"), "", b"")
    }

    fn post_json(&mut self, path: &str, body: &str) -> Answer {
        let url = format!("http://shop.localhost:{PORT}{path}");
        self.ask("POST", &url, "application/json", body.as_bytes())
    }

    fn post_form(&mut self, url: &str, body: &str) -> Answer {
        self.ask("POST", url, "application/x-www-form-urlencoded", body.as_bytes())
    }

    fn add_jacket(&mut self) -> Answer {
        self.post_json("/api/cart", r#"{ "product": "trail-jacket", "size": "M", "quantity": 1 }"#)
    }

    /// Address form, card form, thank-you page; returns the order's address.
    fn buy(&mut self) -> String {
        self.add_jacket();
        let placed = self.post_form(&format!("http://shop.localhost:{PORT}/checkout"), ADDRESS);
        let pay = header(&placed, "location").unwrap().to_owned();
        let paid = self.post_form(&pay, "card=4242424242424242&expiry=12%2F30&cvc=123");
        header(&paid, "location").unwrap().to_owned()
    }
}

const ADDRESS: &str =
    "name=Ada+Byron&email=ada%40mail.example&street=1+Loop&city=Cork&postcode=T12&country=IE";

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
}

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[test]
fn every_page_of_every_theme_is_whole() {
    for theme in Theme::all() {
        let mut visitor = Visitor::of(theme);
        visitor.add_jacket();
        for path in [
            "/",
            "/products",
            "/products/trail-jacket",
            "/cart",
            "/checkout",
            "/lead",
            "/contact",
            "/search?q=jacket",
            "/size-guide",
            "/lab",
        ] {
            let answer = visitor.get(path);
            let html = text(&answer);
            assert_eq!(answer.status, 200, "{theme} {path}");
            assert!(html.starts_with("<!doctype html>") && html.ends_with("</html>\n"), "{path}");
            assert!(!html.contains("{{") && !html.contains("}}{{"), "{theme} {path} has a gap");
            for part in html.split(['"', '\'']).filter(|part| part.starts_with("/assets/")) {
                assert_eq!(visitor.get(part).status, 200, "{path} asks for {part}");
            }
        }
    }
}

#[test]
fn an_order_is_paid_before_it_is_confirmed() {
    let mut visitor = Visitor::default();
    visitor.add_jacket();
    assert_eq!(visitor.cookie, "cart=trail-jacket.M.1");
    let placed = visitor.post_form("http://shop.localhost:8080/checkout", ADDRESS);
    let pay = header(&placed, "location").unwrap().to_owned();
    assert!(pay.starts_with("http://pay.localhost:8080/pay?order=PP-"), "{pay}");
    let id = pay.rsplit_once('=').unwrap().1.to_owned();

    let early = visitor.get(&format!("/thank-you?order={id}"));
    assert_eq!(header(&early, "location"), Some(pay.as_str()));
    let refused = visitor.post_form(&pay, "card=42");
    assert_eq!(refused.status, 422);
    assert!(text(&refused).contains("16 digits"));

    let paid = visitor.post_form(&pay, "card=4242+4242+4242+4242");
    let thanks = format!("http://shop.localhost:8080/thank-you?order={id}");
    assert_eq!(header(&paid, "location"), Some(thanks.as_str()));
    let page = visitor.get(&format!("/thank-you?order={id}"));
    assert!(text(&page).contains(&format!("\"order\":{{\"id\":\"{id}\"")));
    assert!(text(&page).contains("\"value\":49.99"));
    assert_eq!(visitor.cookie, "cart=", "the cart is emptied");
}

#[test]
fn no_two_orders_share_an_id() {
    let mut visitor = Visitor::default();
    let ids: std::collections::HashSet<_> = (0..50).map(|_| visitor.buy()).collect();
    assert_eq!(ids.len(), 50);
}

#[test]
fn forms_refuse_what_cannot_be() {
    let mut visitor = Visitor::default();
    let mut status = |path: &str, body: &str| visitor.post_json(path, body).status;
    assert_eq!(status("/api/lead", r#"{ "name": "Ada", "email": "ada@mail.example" }"#), 200);
    assert_eq!(status("/api/lead", r#"{ "name": "Ada", "email": "ada@invalid.example" }"#), 422);
    assert_eq!(status("/api/lead", r#"{ "name": "Ada", "email": "ada@INVALID.example" }"#), 422);
    assert_eq!(status("/api/lead", r#"{ "name": " ", "email": "ada@mail.example" }"#), 422);
    assert_eq!(status("/api/lead", "no json"), 422);
    assert_eq!(status("/api/cart", r#"{ "product": "moon", "size": "M", "quantity": 1 }"#), 422);
    let none = r#"{ "product": "wool-socks", "size": "M", "quantity": 0 }"#;
    assert_eq!(status("/api/cart", none), 422);
    assert_eq!(status("/api/contact", "{}"), 415);
    visitor.add_jacket();
    let bad = ADDRESS.replace("mail.example", "invalid.example");
    let answer = visitor.post_form("http://shop.localhost:8080/checkout", &bad);
    assert_eq!(answer.status, 422);
    assert!(text(&answer).contains("cannot deliver"));
    assert!(text(&answer).contains("\"again\":true"));
}

#[test]
fn themes_differ_where_they_say() {
    let html = |theme, path: &str| {
        let mut visitor = Visitor::of(theme);
        visitor.add_jacket();
        text(&visitor.get(path))
    };
    assert!(html(Theme::Good, "/").contains("1234500000000001"));
    assert!(!html(Theme::WrongPixelId, "/").contains("1234500000000001"));
    assert!(html(Theme::FormGone, "/lead").contains("fc-88213"));
    assert!(!html(Theme::FormGone, "/lead").contains("lead-email"));
    assert!(html(Theme::CheckoutButtonCovered, "/checkout").contains("id=\"promotion\""));
    assert!(!html(Theme::Good, "/checkout").contains("promotion"));
    assert!(html(Theme::PurchaseTwice, "/").contains("\"purchaseTwice\":true"));
    assert!(html(Theme::ThemeError, "/assets/theme.js").contains(".success-badge"));

    let policy = |theme| {
        let answer = Visitor::of(theme).get("/");
        header(&answer, "content-security-policy").map(str::to_owned)
    };
    assert_eq!(policy(Theme::Good), None);
    let library = policy(Theme::CspBlocksLibrary).unwrap();
    assert!(library.contains("http://tags.localhost:8080/gtag/ "), "{library}");
    assert!(!library.contains("en_US"));
    assert!(!policy(Theme::CspBlocksPixel).unwrap().contains("facebook"));

    let frame =
        Visitor::of(Theme::CspBlocksPixel).ask("GET", "http://news.localhost/frame", "", b"");
    assert_eq!((frame.status, header(&frame, "content-security-policy")), (200, None));

    let mut slow = Visitor::of(Theme::GoodSlow);
    assert!(!slow.get("/").delay.is_zero());
    assert!(Visitor::default().get("/").delay.is_zero());
}

#[test]
fn a_theme_host_links_to_its_own_theme() {
    let mut visitor = Visitor::default();
    let html = text(&visitor.ask("GET", "http://shop-wrong-pixel-id.localhost:8080/", "", b""));
    assert!(html.contains("1234500000000099"));
    assert!(html.contains("http://tags-wrong-pixel-id.localhost:8080"));
}

#[test]
fn libraries_get_their_switches() {
    let library = |theme, path: &str| {
        let url = format!("http://tags.localhost:8080{path}");
        text(&Visitor::of(theme).ask("GET", &url, "", b""))
    };
    for path in ["/gtag/js?id=G-DEMO00001", "/en_US/fbevents.js", "/i18n/pixel/events.js?sdkid=C"] {
        assert!(library(Theme::Good, path).contains("const demo = {\"leadOnClick\":false"));
        assert!(library(Theme::GoodReordered, path).contains("\"reordered\":true"));
    }
    assert!(library(Theme::Ga4LostOnLeave, "/gtag/js").contains("\"noFlushOnLeave\":true"));
}

#[test]
fn what_a_visitor_types_is_never_markup() {
    let mut visitor = Visitor::default();
    let html = text(&visitor.get("/search?q=%3C/script%3E%3Cimg%20src%3Dx%3E%7B%7Bmain%7D%7D"));
    assert!(!html.contains("<img src=x>"));
    assert!(html.contains("{{main}}"), "words are shown as they were typed");
}

#[test]
fn hostile_requests_get_an_answer() {
    let mut visitor = Visitor::default();
    let bare = visitor.ask("GET", "http://127.0.0.1:8080/", "", b"");
    assert_eq!(header(&bare, "location"), Some("http://shop.localhost:8080"));
    for url in [
        "",
        "http://",
        "http:///",
        "http://evil.test/",
        "http://shop.localhost",
        "shop.localhost:1",
        "http://shop-nothing.localhost/",
        "http://[::1",
        "http://\u{fffd}/%",
        "http://tags.localhost/",
        "http://pay.localhost/pay?order=%00",
        "http://pay.localhost/pay",
        "http://news.localhost/x",
        "http://shop.localhost/products/../../etc/passwd",
        "http://shop.localhost/assets/%2e%2e/x",
        "http://shop.localhost/thank-you?order=\r\nx: y",
    ] {
        for method in ["GET", "POST", "PUT", "", "\u{0}"] {
            let status = visitor.ask(method, url, "", b"\xff\xfe{").status;
            assert!((200..500).contains(&status), "{method} {url:?} {status}");
        }
    }
}

async fn raw(shop: &Shop, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", shop.port())).await.unwrap();
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_real_socket_serves_and_records() {
    let options = ShopOptions { theme: Theme::ValueAsText, port: Some(0), record: true };
    let shop = serve(options).await.unwrap();
    assert_eq!(shop.base_url(), format!("http://shop.localhost:{}", shop.port()));
    let host = format!("shop.localhost:{}", shop.port());
    let body = r#"{"name":"Ada","email":"ada@mail.example"}"#;
    let request = format!(
        "POST /api/lead?a=%20b HTTP/1.1\r\nHost: {host}\r\nX-Odd: \u{e9}\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = raw(&shop, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let requests = shop.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].method, "POST");
    assert_eq!(requests[0].url, format!("http://{host}/api/lead?a=%20b"));
    assert_eq!(requests[0].body, body.as_bytes());
    assert!(requests[0].headers.contains(&("x-odd".to_owned(), "\u{e9}".to_owned())));
    let port = shop.port();
    shop.shutdown().await;
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[tokio::test]
async fn a_body_without_end_is_refused() {
    let shop = serve(ShopOptions::default()).await.unwrap();
    let mut request = format!(
        "POST /api/contact HTTP/1.1\r\nHost: shop.localhost:{}\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 6000000\r\n\r\n",
        shop.port()
    )
    .into_bytes();
    request.resize(request.len() + 6_000_000, b'x');
    let mut stream = TcpStream::connect(("127.0.0.1", shop.port())).await.unwrap();
    let (mut read, mut write) = stream.split();
    let mut answer = [0; 12];
    let (_, got) = tokio::join!(write.write_all(&request), read.read_exact(&mut answer));
    got.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    assert!(shop.requests().is_empty(), "nothing is kept unless it was asked for");
    shop.shutdown().await;
}

#[tokio::test]
async fn garbage_on_the_wire_does_not_end_the_shop() {
    let shop = serve(ShopOptions { record: true, ..ShopOptions::default() }).await.unwrap();
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01"[..],
        b"GET\r\n\r\n",
        b"CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n",
        b"GET http://evil.test/x HTTP/1.1\r\nHost: \xff\xfe\r\nConnection: close\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: shop.localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", shop.port())).await.unwrap();
        stream.write_all(garbage).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        // A reset is as good an answer as a status.
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 5"), "{garbage:?}");
    }
    let host = format!("Host: shop.localhost:{}", shop.port());
    let request = format!("GET /lead HTTP/1.1\r\n{host}\r\nConnection: close\r\n\r\n");
    let answer = raw(&shop, request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("id=\"lead-form\""));
    shop.shutdown().await;
}

#[tokio::test]
async fn a_dropped_shop_closes_its_port() {
    let shop = serve(ShopOptions::default()).await.unwrap();
    let port = shop.port();
    drop(shop);
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the port is still open after two seconds");
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let shop = serve(ShopOptions::default()).await.unwrap();
    let again = serve(ShopOptions { port: Some(shop.port()), ..ShopOptions::default() }).await;
    assert_eq!(again.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    shop.shutdown().await;
}

#[test]
fn the_demo_scenarios_name_what_the_pages_have() {
    let mut pages = String::from(include_str!("site/size-picker.js"));
    for template in [
        include_str!("site/layout.html"),
        include_str!("site/product.html"),
        include_str!("site/cart.html"),
        include_str!("site/checkout.html"),
        include_str!("site/pay.html"),
        include_str!("site/lead.html"),
        include_str!("site/contact.html"),
        include_str!("site/newsletter.html"),
        include_str!("site/lab.html"),
    ] {
        pages.push_str(template);
    }
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let base = format!("base: http://shop.localhost:{USUAL_PORT}\n");
        assert!(text.contains(&base), "{} is for another port", path.display());
        for id in text.split("\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            let there = match id.strip_prefix("size-").filter(|size| size.len() == 1) {
                Some(_) => pages.contains("button.id = 'size-' + size"),
                None => pages.contains(&format!("id=\"{id}\"")),
            };
            assert!(there, "{} names #{id}, which no page has", path.display());
            checked += 1;
        }
    }
    assert!(checked > 30, "only {checked} ids were found in the scenarios");
}
