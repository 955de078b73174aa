//! Which HTTP status an error has: ClickHouse's own list, with 503 for too many statements.

use axum::http::StatusCode;

/// Codes this server uses itself, under ClickHouse's names.
pub mod code {
    /// Reading past the end of the body.
    pub const ATTEMPT_TO_READ_AFTER_EOF: u32 = 32;
    /// The request is wrong in a way no other code names.
    pub const BAD_ARGUMENTS: u32 = 36;
    /// A checksum of a compressed frame is wrong.
    pub const CHECKSUM_DOESNT_MATCH: u32 = 40;
    /// The request asks for what this server does not do.
    pub const NOT_IMPLEMENTED: u32 = 48;
    /// The statement does not parse, or there are several.
    pub const SYNTAX_ERROR: u32 = 62;
    /// The statement would change something, and may not.
    pub const READONLY: u32 = 164;
    /// Too many statements run already.
    pub const TOO_MANY_SIMULTANEOUS_QUERIES: u32 = 202;
    /// The client stopped sending.
    pub const SOCKET_TIMEOUT: u32 = 209;
    /// The body does not decompress.
    pub const CANNOT_DECOMPRESS: u32 = 271;
    /// The body is larger than allowed.
    pub const QUERY_IS_TOO_LARGE: u32 = 229;
    /// The statement writes a file.
    pub const INTO_OUTFILE_NOT_ALLOWED: u32 = 358;
    /// The statement was given up.
    pub const QUERY_WAS_CANCELLED: u32 = 394;
    /// The user has no right to do this.
    pub const ACCESS_DENIED: u32 = 497;
}

/// The status for an error code.
pub fn status(code: u32) -> StatusCode {
    match code {
        194 => StatusCode::UNAUTHORIZED,
        192 | 193 | 497 | 512 | 516 => StatusCode::FORBIDDEN,
        // What does not parse, does not fit its type or names a column wrongly.
        6 | 8 | 15 | 25 | 26 | 27 | 36 | 37 | 38 | 41 | 44 | 53 | 62 | 72 | 117 | 123 | 167 | 168 | 223 | 321 | 376
        | 427 | 441 | 675 | 676 => StatusCode::BAD_REQUEST,
        // Unknown function, identifier, type, storage, table, format, database, setting, role, …
        46 | 47 | 50 | 56 | 60 | 63 | 73 | 78 | 81 | 115 | 152 | 336 | 511 => StatusCode::NOT_FOUND,
        229 => StatusCode::PAYLOAD_TOO_LARGE,
        48 => StatusCode::NOT_IMPLEMENTED,
        76 | 202 | 209 | 439 => StatusCode::SERVICE_UNAVAILABLE,
        159 => StatusCode::REQUEST_TIMEOUT,
        381 => StatusCode::LENGTH_REQUIRED,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_a_client_decides_by_have_their_status() {
        for (code, expected) in [
            (62, 400),
            (60, 404),
            (81, 404),
            (115, 404),
            (516, 403),
            (194, 401),
            (159, 408),
            (241, 500),
            (252, 500),
            (164, 500),
        ] {
            assert_eq!(status(code).as_u16(), expected, "{code}");
        }
    }
}
