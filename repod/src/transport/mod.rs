//! Transports: what a connection can run over. Anything that is `AsyncRead + AsyncWrite` will do; a file here makes one.

mod tcp;

pub(crate) use tcp::prepare;
