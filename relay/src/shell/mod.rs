//! What carries out the decisions of [`crate::core`]: sockets, TLS, HTTP, store, certificates.
//!
//! Start reading at [`server`]. Nothing here decides who may meet whom, and nothing reads what it copies.

pub mod authority;
pub mod config;
mod counters;
pub mod desk;
pub mod desk_store;
pub mod folder;
mod hall;
mod http;
mod line;
pub mod mail;
pub mod password;
pub mod server;
mod sign_in;
mod signature;
pub mod store;
mod tls;
