//! Rust and the published Python library, as real processes over loopback: examples, rooms with both in them, faults.
//! Not the bytes of single messages, which the vectors in `repod` hold.

mod chat;
mod codec;
mod echo;
mod faults;
mod lag_time;
mod python_server;
mod rules;
mod values;
