//! The demo as its clients meet it: on real sockets.

use std::net::SocketAddr;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_rustls::rustls::crypto::ring;

use super::{Error, Options, serve};

/// A demo on a free port; stops when dropped.
struct Demo {
    address: SocketAddr,
    client: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<Result<(), Error>>,
}

impl Demo {
    /// A demo without the wait that service times bring, and with these faults.
    async fn with(faults: &[&str]) -> Self {
        let faults = std::iter::once(&"*:delay=x0.01").chain(faults).map(|fault| fault.parse().unwrap()).collect();
        let options = Options { listen: "127.0.0.1:0".parse().unwrap(), faults, seed: 1 };
        let (ready, address) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(async move {
            let stop = async {
                let _ = stopped.await;
            };
            serve(options, |address| ready.send(address).unwrap(), stop).await
        });
        let _there_is_one = ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Self { address: address.await.unwrap(), client, stop: Some(stop), served }
    }

    async fn get(&self, path: &str) -> Response {
        self.client.get(format!("http://{}{path}", self.address)).send().await.unwrap()
    }

    async fn post(&self, path: &str, token: Option<&str>, body: impl Into<reqwest::Body>) -> Response {
        let mut request = self.client.post(format!("http://{}{path}", self.address)).body(body);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        request.send().await.unwrap()
    }

    async fn log_in(&self) -> String {
        let body = json!({ "email": "a@example.com", "password": "p" });
        let answer = json_of(self.post("/auth/login", None, body.to_string()).await, 200).await;
        answer["access_token"].as_str().unwrap().to_owned()
    }
}

async fn json_of(response: Response, status: u16) -> Value {
    assert_eq!(response.status().as_u16(), status);
    assert_eq!(response.headers()["content-type"], "application/json");
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_customer_logs_in_fills_a_cart_and_orders() {
    let demo = Demo::with(&[]).await;
    let token = demo.log_in().await;
    let cart = json!({ "product_id": "7" }).to_string();
    let cart = json_of(demo.post("/cart", Some(&token), cart).await, 201).await;
    assert_eq!(cart["items"][0]["id"], 7);
    let order = json!({ "cart_id": cart["cart_id"], "quantity": 2 }).to_string();
    let order = json_of(demo.post("/orders", Some(&token), order).await, 201).await;
    assert!(order["order_id"].as_str().unwrap().starts_with("order-"));
    assert_eq!(order["quantity"], 2);
}

#[tokio::test]
async fn the_catalogue_is_there_by_page_and_by_id() {
    let demo = Demo::with(&[]).await;
    let page = json_of(demo.get("/products?page=2&limit=5").await, 200).await;
    assert_eq!((&page["page"], &page["limit"], &page["total"]), (&json!(2), &json!(5), &json!(1_000)));
    assert_eq!(page["items"][0]["id"], 6);
    assert_eq!(page["items"].as_array().unwrap().len(), 5);
    assert_eq!(json_of(demo.get("/products").await, 200).await["items"].as_array().unwrap().len(), 20);
    let product = json_of(demo.get("/products/6").await, 200).await;
    assert_eq!(product, page["items"][0]);
    assert!(json_of(demo.get("/products/999999").await, 404).await["error"].is_string());
    json_of(demo.get("/products/six").await, 404).await;
    for query in ["page=0", "page=x", "limit=101", "limit=-1"] {
        json_of(demo.get(&format!("/products?{query}")).await, 400).await;
    }
}

#[tokio::test]
async fn carts_and_orders_want_a_token_and_orders_a_cart() {
    let demo = Demo::with(&[]).await;
    for path in ["/cart", "/orders"] {
        let refused = demo.post(path, None, "{}").await;
        assert_eq!(refused.headers()["www-authenticate"], "Bearer");
        json_of(refused, 401).await;
        json_of(demo.post(path, Some("access-0-0123456789abcdef"), "{}").await, 401).await;
    }
    let token = demo.log_in().await;
    json_of(demo.post("/cart", Some(&token), r#"{"product_id": 999999}"#).await, 404).await;
    json_of(demo.post("/orders", Some(&token), r#"{"cart_id": "cart-0-0"}"#).await, 404).await;
    json_of(demo.post("/auth/login", None, r#"{"email": "a@b.c", "password": ""}"#).await, 401).await;
}

#[tokio::test]
async fn a_request_that_is_not_understood_is_refused_with_its_reason() {
    let demo = Demo::with(&[]).await;
    for body in ["", "{", "[]", r#"{"email": 1}"#] {
        let refused = json_of(demo.post("/auth/login", None, body).await, 400).await;
        assert!(refused["error"].as_str().unwrap().starts_with("bad JSON"), "{refused}");
    }
    json_of(demo.get("/nowhere").await, 404).await;
    let refused = demo.get("/orders").await;
    assert_eq!(refused.headers()["allow"], "POST");
    json_of(refused, 405).await;
    let url = format!("http://{}/products/6", demo.address);
    let refused = demo.client.request(Method::DELETE, &url).send().await.unwrap();
    assert_eq!(refused.headers()["allow"], "GET, HEAD");
    assert_eq!(demo.client.head(&url).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_body_is_taken_up_to_its_limit_and_refused_beyond() {
    let demo = Demo::with(&[]).await;
    let login = |padding: usize| {
        let body = json!({ "email": "a@b.c", "password": "p", "padding": "" }).to_string();
        body.replace("\"padding\":\"\"", &format!("\"padding\":\"{}\"", "x".repeat(padding)))
    };
    json_of(demo.post("/auth/login", None, login(60_000)).await, 200).await;
    json_of(demo.post("/auth/login", None, login(70_000)).await, 413).await;
    json_of(demo.post("/auth/login", None, login(900_000)).await, 413).await;

    let mut stream = TcpStream::connect(demo.address).await.unwrap();
    let head = "POST /auth/login HTTP/1.1\r\nhost: demo\r\ncontent-length: 9000000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    assert_eq!(&status, b"HTTP/1.1 413");
}

#[tokio::test]
async fn metrics_tell_what_was_answered() {
    let demo = Demo::with(&["*:pool=5"]).await;
    demo.get("/products/1").await;
    demo.get("/products/999999").await;
    let text = demo.get("/metrics").await.text().await.unwrap();
    for line in [
        r#"http_requests_total{method="GET",route="/products/{id}",status="200"} 1"#,
        r#"http_requests_total{method="GET",route="/products/{id}",status="404"} 1"#,
        "http_requests_in_flight 1",
        "db_pool_size 5",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
    #[cfg(target_os = "linux")]
    assert!(text.contains("\nprocess_resident_memory_bytes "));
}

#[tokio::test]
async fn errors_strike_the_shop_and_leave_health_alone() {
    let demo = Demo::with(&["*:errors=100%"]).await;
    assert_eq!(json_of(demo.get("/health").await, 200).await["status"], "ok");
    assert!(json_of(demo.get("/products").await, 500).await["error"].is_string());
    json_of(demo.get("/products/999999").await, 500).await;
    let body = json!({ "email": "a@b.c", "password": "p" }).to_string();
    json_of(demo.post("/auth/login", None, body).await, 500).await;
}

#[tokio::test]
async fn an_error_on_one_route_leaves_the_others_alone() {
    let demo = Demo::with(&["GET /products:errors=100%"]).await;
    json_of(demo.get("/products").await, 500).await;
    json_of(demo.get("/products/1").await, 200).await;
}

#[tokio::test]
async fn a_reset_reaches_the_client_as_a_reset() {
    let demo = Demo::with(&["*:reset=100%"]).await;
    let mut stream = TcpStream::connect(demo.address).await.unwrap();
    stream.write_all(b"GET /products HTTP/1.1\r\nhost: demo\r\n\r\n").await.unwrap();
    let error = stream.read(&mut [0; 100]).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_stalled_request_is_under_way_until_its_client_leaves() {
    let demo = Demo::with(&["*:stall=100%"]).await;
    let mut stream = TcpStream::connect(demo.address).await.unwrap();
    stream.write_all(b"GET /products HTTP/1.1\r\nhost: demo\r\n\r\n").await.unwrap();
    let under_way = async |count: u32| {
        let line = format!("http_requests_in_flight {count}");
        while !demo.get("/metrics").await.text().await.unwrap().lines().any(|found| found == line) {}
    };
    under_way(2).await;
    let mut byte = [0; 1];
    assert_eq!(stream.try_read(&mut byte).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    drop(stream);
    under_way(1).await;
}

#[tokio::test]
async fn one_connection_serves_many_requests_until_the_client_closes_it() {
    let demo = Demo::with(&[]).await;
    let mut stream = TcpStream::connect(demo.address).await.unwrap();
    for _ in 0..3 {
        stream.write_all(b"GET /health HTTP/1.1\r\nhost: demo\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"{\"status\":\"ok\"}") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
        }
    }
}

#[tokio::test]
async fn asked_to_stop_it_answers_what_is_under_way_and_closes_the_idle() {
    let mut demo = Demo::with(&["GET /products:delay=+200ms"]).await;
    let mut idle = TcpStream::connect(demo.address).await.unwrap();
    let mut busy = TcpStream::connect(demo.address).await.unwrap();
    busy.write_all(b"GET /products HTTP/1.1\r\nhost: demo\r\n\r\n").await.unwrap();
    while !demo.get("/metrics").await.text().await.unwrap().contains("db_pool_in_use 1") {}

    demo.stop.take().unwrap().send(()).unwrap();
    let mut answer = Vec::new();
    busy.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
    assert_eq!(idle.read(&mut [0; 1]).await.unwrap(), 0);
    demo.served.await.unwrap().unwrap();
    assert!(TcpStream::connect(demo.address).await.is_err());
}

#[tokio::test]
async fn an_address_that_is_taken_is_an_error_that_names_it() {
    let demo = Demo::with(&[]).await;
    let options = Options { listen: demo.address, faults: Vec::new(), seed: 0 };
    let error = serve(options, |_| {}, std::future::pending()).await.unwrap_err();
    assert!(error.to_string().contains(&demo.address.to_string()));
}
