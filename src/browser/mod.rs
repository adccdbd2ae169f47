//! The only place that names `web_sys`: fetch transport, clock, timers, downloads; inert twins on the server.
