//! Comebacks while handlers wait, and what the channel is told in which order.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use repod::proto::Limits;
use repod::{CloseReason, Event, Reconnect, Resumption, Sessions, prelude::*};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::net::net;

#[derive(Action, Debug, Clone, PartialEq)]
enum ToServer {
    /// Its handler waits for the gate.
    Wait,
    Say {
        number: u32,
    },
}

#[derive(Action, Debug, Clone, PartialEq)]
#[action(sync)]
enum ToClient {
    News { number: u32 },
}

struct Hall {
    gate: Notify,
    lines: Mutex<Vec<String>>,
}

struct Guest(Arc<Hall>);

impl Guest {
    fn note(&self, line: impl Into<String>) {
        self.0.lines.lock().unwrap().push(line.into());
    }
}

struct App(Arc<Hall>);

impl Server for App {
    type Channel = Guest;

    fn channel(self: &Arc<Self>, _: Peer<ToClient>) -> Guest {
        Guest(self.0.clone())
    }
}

impl Channel for Guest {
    type Incoming = ToServer;
    type Outgoing = ToClient;

    async fn on_suspend(&mut self, _: CloseReason) -> repod::Result {
        self.note("suspended");
        Ok(())
    }

    async fn on_resume(&mut self, how: Resumption) -> repod::Result {
        self.note(format!("{how:?}"));
        Ok(())
    }
}

impl ToServerHandler for Guest {
    async fn on_wait(&mut self) -> repod::Result {
        self.note("waits");
        self.0.gate.notified().await;
        self.note("waited");
        Ok(())
    }

    async fn on_say(&mut self, number: u32) -> repod::Result {
        self.note(number.to_string());
        Ok(())
    }
}

struct Game;

impl Client for Game {
    type Incoming = ToClient;
    type Outgoing = ToServer;
}

impl ToClientHandler for Game {
    fn on_news(&mut self, _: u32) -> repod::Result {
        Ok(())
    }
}

/// A handler that waits delays no comeback, and no messages to its client; what came before the loss is handled before the channel is told of it.
#[tokio::test(start_paused = true)]
async fn a_client_comes_back_while_its_handler_waits() {
    let (net, door) = net();
    let hall = Arc::new(Hall { gate: Notify::new(), lines: Mutex::default() });
    let server = repod::serve(App(hall.clone())).sessions(Sessions::default()).listen(door).unwrap();
    let dialled = net.clone();
    let policy = Reconnect::default().base(Duration::from_millis(1)).cap(Duration::from_millis(5));
    let connection = repod::connect_by(move || dialled.clone().dial(), Limits::client());
    let mut connection: repod::Connection<Game> = connection.reconnect(policy);
    assert!(matches!(connection.next().await, Some(Event::Connected)));
    connection.send(ToServer::Wait).unwrap();
    connection.send(ToServer::Say { number: 1 }).unwrap();
    connection.send(ToServer::Say { number: 2 }).unwrap();
    sleep(Duration::from_millis(10)).await;
    assert_eq!(*hall.lines.lock().unwrap(), ["waits"]);
    for round in 0..3 {
        net.cut();
        connection.send(ToServer::Say { number: 3 + round }).unwrap();
        assert!(matches!(connection.next().await, Some(Event::Reconnecting { .. })));
        let back = timeout(Duration::from_millis(100), connection.next()).await.unwrap();
        assert!(matches!(back, Some(Event::Resumed(Resumption::Resumed { .. }))), "{back:?}");
        server.peers().send(ToClient::News { number: round }).unwrap();
        let news = timeout(Duration::from_millis(100), connection.next()).await.unwrap();
        assert!(matches!(news, Some(Event::Message(ToClient::News { number })) if number == round), "{news:?}");
    }
    assert_eq!(*hall.lines.lock().unwrap(), ["waits"]);
    hall.gate.notify_one();
    sleep(Duration::from_millis(10)).await;
    let back = "Resumed { replayed: 0 }";
    let expected =
        ["waits", "waited", "1", "2", "suspended", back, "3", "suspended", back, "4", "suspended", back, "5"];
    assert_eq!(*hall.lines.lock().unwrap(), expected);
}
