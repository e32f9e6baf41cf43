//! One file per subcommand. (in the making)

pub mod decode;
