//! Behaviour: what repod promises, seen from outside through its public interface.

mod book;
mod client;
mod codec;
mod frames;
mod lifecycle;
mod memory;
mod programs;
mod python_frames;
mod rate;
mod readme;
mod reconnect;
mod rules;
mod scan;
mod sending;
mod server;
mod session;
mod sessions;
mod testing;
mod world;
