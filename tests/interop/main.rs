//! Rust and the published Python library, as real processes over loopback: examples, rooms with both in them, faults.
//! Not the bytes of single messages, which the vectors in `repod` hold.

mod chat;
mod codec;
mod echo;
mod faults;
mod keepalive;
mod lag_time;
mod pong;
mod python_server;
mod recovery;
mod rules;
mod tag;
mod values;
mod whiteboard;
