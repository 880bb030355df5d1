//! Sessions: a client that was lost comes back to its channel, and nothing is lost, doubled or out of order.

mod count;
mod handlers;
mod net;
mod proxy;
mod tokens;
mod window;
