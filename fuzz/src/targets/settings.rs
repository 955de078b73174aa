//! What a company says of itself in files: the catalog, the responders, the tokens of the API.

use hearken_alert::responders::Directory;
use hearken_alert::token::Tokens;
use hearken_schemas::catalog::{Catalog, Lookup};
use jiff::Timestamp;

use super::text;

/// Promises: a file is taken, or refused in words; what is taken can be asked.
pub fn run(bytes: &[u8]) {
    let text = text(bytes);
    match Catalog::parse(&text) {
        Ok(catalog) => {
            let lookup = Lookup::new(catalog);
            for word in text.split(['"', '\n']) {
                let _ = (lookup.source(word), lookup.brand(word), lookup.stage(word));
                let _ = (lookup.is_account(word), lookup.masked(word));
            }
        }
        Err(errors) => assert!(!errors.0.is_empty(), "a refused catalog says why"),
    }
    match Directory::parse(&text) {
        Ok(directory) => asked(&directory),
        Err(errors) => assert!(errors.iter().any(|error| !error.is_empty()), "a refused directory says why"),
    }
    match Tokens::parse(&text) {
        Ok(tokens) => assert!(tokens.find(Some(&text), Timestamp::UNIX_EPOCH).is_err(), "a file is no token"),
        Err(errors) => assert!(!errors.is_empty(), "a refused file of tokens says why"),
    }
}

/// Asks every owner what is asked of the one who answers.
fn asked(directory: &Directory) {
    for owner in directory.owners() {
        let _ = (directory.zone(owner), directory.above(owner).count(), directory.lead(&owner.department));
        assert_eq!(directory.owner(&owner.id).map(|known| &known.id), Some(&owner.id));
    }
    let _ = (directory.channels().count(), directory.departments(), directory.survey_channel());
    assert!(directory.owner(&directory.default_owner().id).is_some(), "somebody always answers");
}
