//! Hostile peers: each case of the catalogue that applies to plain TCP is a test named after its number.
//! What holds in every case is in [`fixture::case`]; the cases that take minutes or need root are run by `.ci/hostile-long`.

mod abuse;
mod cable;
mod chat;
mod client;
mod dial;
mod exhaustion;
mod fixture;
mod framing;
mod group;
mod idle;
mod lifecycle;
mod long;
mod messagepack;
mod network;
mod promises;
mod retry;
mod semantic;
