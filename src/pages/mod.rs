//! One file or folder a route.
