//! Everything that goes wrong, one test each, through the binary and against real sockets: the exit status, the message and the
//! recording that follow. What each finds is a row of docs/reliability.md.

mod answers;
mod connections;
mod files;
mod guards;
mod machine;
mod names;
mod redirects;
mod row;
mod servers;
mod signals;
mod targets;
mod tls;
