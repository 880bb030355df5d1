//! N11: addresses that do not answer, and names that have another address besides.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use repod::{ConnectError, Connection, Event};
use socket2::{Domain, Socket, Type};

use crate::fixture::{Case, eventually};
use crate::network::Idle;
use crate::retry::failed;

/// A port where the kernel drops whoever knocks, as a firewall does: the queue of those that wait to be accepted is full.
struct Deaf {
    addr: SocketAddr,
    _listener: Socket,
    _waiting: Vec<TcpStream>,
}

impl Deaf {
    fn at(addr: SocketAddr) -> Self {
        let listener = Socket::new(Domain::for_address(addr), Type::STREAM, None).expect("a socket");
        if addr.is_ipv6() {
            listener.set_only_v6(true).expect("a socket option");
        }
        listener.bind(&addr.into()).and_then(|()| listener.listen(0)).expect("a port");
        let addr = listener.local_addr().ok().and_then(|addr| addr.as_socket()).expect("an address");
        let patience = Duration::from_millis(300);
        let waiting: Vec<_> = (0..8).map_while(|_| TcpStream::connect_timeout(&addr, patience).ok()).collect();
        assert!(waiting.len() < 8, "everybody who knocks is let in");
        Self { addr, _listener: listener, _waiting: waiting }
    }
}

#[test]
fn n11_a_server_that_drops_who_knocks() {
    let deaf = Deaf::at((Ipv4Addr::LOCALHOST, 0).into());
    let start = Instant::now();
    let error = failed(&mut repod::connect(deaf.addr));
    let time = start.elapsed();
    assert!(matches!(error, ConnectError::TimedOut { .. }), "{error}");
    assert!((Duration::from_millis(4_900)..Duration::from_millis(6_500)).contains(&time), "{time:?}");
}

#[test]
fn n11_a_player_who_does_not_want_to_wait() {
    let deaf = Deaf::at((Ipv4Addr::LOCALHOST, 0).into());
    // Dropped, and closed, while the first packet is on its way.
    let connection: Connection<Idle> = repod::connect(deaf.addr);
    let start = Instant::now();
    drop(connection);
    assert!(start.elapsed() < Duration::from_millis(1_500), "{:?}", start.elapsed());
    let mut connection: Connection<Idle> = repod::connect(deaf.addr);
    assert!(connection.poll().is_none() && connection.is_open());
    let start = Instant::now();
    connection.close();
    eventually("the end", || connection.poll().is_none() && !connection.is_open());
    assert!(start.elapsed() < Duration::from_millis(1_500), "{:?}", start.elapsed());
}

/// A name with two addresses: at the first one nobody listens, or nobody answers, and the second one is the server's.
#[test]
fn n11_a_name_with_a_dead_address_and_a_live_one() {
    let name = std::env::var(NAME).unwrap_or_else(|_| "localhost".to_owned());
    let known: Vec<_> = (name.as_str(), 0).to_socket_addrs().into_iter().flatten().map(|addr| addr.ip()).collect();
    if !known.contains(&Ipv6Addr::LOCALHOST.into()) || !known.contains(&Ipv4Addr::LOCALHOST.into()) {
        println!("!! N11 WAS NOT TRIED WITH TWO ADDRESSES: {name} has only {known:?} here");
    }
    let case = Case::of("n11");
    let addr = format!("{name}:{}", case.addr().port());
    let start = Instant::now();
    reaches(&addr, &case);
    println!("n11: reached after {:?} where the first address is dead", start.elapsed());
    if known.first() == Some(&Ipv6Addr::LOCALHOST.into()) {
        let _deaf = Deaf::at((Ipv6Addr::LOCALHOST, case.addr().port()).into());
        let start = Instant::now();
        reaches(&addr, &case);
        println!("n11: reached after {:?} where the first address is deaf", start.elapsed());
        assert!(start.elapsed() > Duration::from_secs(1), "the deaf address was not tried");
    }
    case.finish();
}

fn reaches(addr: &str, case: &Case) {
    let mut connection: Connection<Idle> = repod::connect(addr);
    eventually("the greeting", || match connection.poll() {
        Some(Event::Failed(error)) => panic!("{error}"),
        event => matches!(event, Some(Event::Connected)),
    });
    assert_eq!(connection.server().addr(), case.addr());
}

/// The variable that holds a name with the addresses `::1` and `127.0.0.1`, where `localhost` has only one of them.
const NAME: &str = "REPOD_HOSTILE_NAME";
