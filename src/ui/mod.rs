//! Components that know no route and no server.
