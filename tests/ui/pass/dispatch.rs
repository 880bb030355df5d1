//! Each action reaches its method with its own fields, async or not.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use repod::serde::{Deserialize, Serialize};
use repod::{Action, Dispatch, DispatchSync};

#[derive(Action)]
enum ToServer {
    Move { x: u8, y: u8 },
    Chat(Chat),
    Ping,
}

#[derive(Action)]
#[action(sync)]
enum ToClient {
    Move { x: u8, y: u8 },
    Chat(Chat),
    Ping,
}

#[derive(Serialize, Deserialize)]
#[serde(crate = "repod::serde")]
struct Chat {
    text: String,
}

#[derive(Default)]
struct Log(Vec<String>);

impl ToServerHandler for Log {
    async fn on_move(&mut self, x: u8, y: u8) -> repod::Result {
        self.0.push(format!("async move {x} {y}"));
        Ok(())
    }

    async fn on_chat(&mut self, chat: Chat) -> repod::Result {
        self.0.push(format!("async chat {}", chat.text));
        Ok(())
    }

    async fn on_ping(&mut self) -> repod::Result {
        Err("no ping".into())
    }
}

impl ToClientHandler for Log {
    fn on_move(&mut self, x: u8, y: u8) -> repod::Result {
        self.0.push(format!("sync move {x} {y}"));
        Ok(())
    }

    fn on_chat(&mut self, chat: Chat) -> repod::Result {
        self.0.push(format!("sync chat {}", chat.text));
        Ok(())
    }

    fn on_ping(&mut self) -> repod::Result {
        Err("no ping".into())
    }
}

fn now(future: impl Future<Output = repod::Result> + Send) -> repod::Result {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("no handler waits for anything"),
    }
}

fn main() {
    let mut log = Log::default();
    now(ToServer::Move { x: 1, y: 2 }.dispatch(&mut log)).unwrap();
    now(ToServer::Chat(Chat { text: "hi".into() }).dispatch(&mut log)).unwrap();
    assert_eq!(now(ToServer::Ping.dispatch(&mut log)).unwrap_err().to_string(), "no ping");
    now(ToClient::Move { x: 3, y: 4 }.dispatch(&mut log)).unwrap();
    ToClient::Move { x: 5, y: 6 }.dispatch_sync(&mut log).unwrap();
    ToClient::Chat(Chat { text: "ho".into() }).dispatch_sync(&mut log).unwrap();
    assert_eq!(ToClient::Ping.dispatch_sync(&mut log).unwrap_err().to_string(), "no ping");
    assert_eq!(log.0, ["async move 1 2", "async chat hi", "sync move 3 4", "sync move 5 6", "sync chat ho"]);
}
