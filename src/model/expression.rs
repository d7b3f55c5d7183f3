//! The grammar of ARM template expressions, shared by whoever writes or evaluates them.
