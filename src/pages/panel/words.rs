//! What the panel says.

use crate::browser::format;
use crate::model::location::Permission;
use crate::pages::operations::objects;
use crate::state::details::{Archive, Bar, Field};

/// Why the role may not do something.
pub(super) fn role_may_not(role: &str, permission: Permission) -> String {
    match permission {
        Permission::Versions => format!("The role {role} may not see versions here: it lacks the permission “versions”."),
        Permission::Tags => format!("The role {role} may not see tags here: it lacks the permission “tags”."),
        permission => format!("The role {role} may not {} here.", permission.as_str()),
    }
}

/// `2 folders and 3 objects`.
pub(super) fn several(folders: usize, number: usize) -> String {
    let folders = match folders {
        0 => return objects(number as u64),
        1 => "1 folder".to_owned(),
        many => format!("{} folders", format::count(many as u64)),
    };
    if number == 0 { folders } else { format!("{folders} and {}", objects(number as u64)) }
}

/// A count that goes on.
pub(super) fn so_far(number: u64, bytes: u64) -> String {
    format!("{} and {} so far", objects(number), format::size(bytes))
}

/// What a header of the content is called.
pub(super) const fn field(field: Field) -> &'static str {
    match field {
        Field::ContentType => "Content type",
        Field::CacheControl => "Cache control",
        Field::ContentDisposition => "Disposition",
        Field::ContentEncoding => "Content encoding",
        Field::ContentLanguage => "Language",
        Field::Expires => "Expires",
    }
}

/// Why an object cannot be changed, and whose move it is.
pub(super) fn bar(bar: &Bar, role: &str) -> String {
    match bar {
        Bar::Role(permission) => role_may_not(role, *permission),
        Bar::TooLarge => "It is larger than 5 GiB. S3 changes metadata and storage class by a copy, and copies no more in one request. \
                          Use a program such as the AWS command line."
            .to_owned(),
        Bar::Archived(Archive::Thawing) => "It is being restored from the archive. Once that is done it can be changed.".to_owned(),
        Bar::Archived(_) => {
            "It is archived, and S3 copies it only after it was restored from the archive. Ask the owner of the bucket.".to_owned()
        }
        Bar::NoEntityTag => {
            "Nothing would tell whether somebody else wrote it in the meantime: the bucket’s CORS rules hide its ETag. Ask the \
                             people who run the bucket to add ETag to ExposeHeaders."
                .to_owned()
        }
        Bar::NoClass => {
            "A copy would change its storage class, which the bucket’s CORS rules hide. Ask the people who run the bucket to add \
                         x-amz-storage-class to ExposeHeaders."
                .to_owned()
        }
        Bar::Unseen(fields) => {
            let names: Vec<&str> = fields.iter().map(|field| header(*field)).collect();
            format!(
                "It would lose what the bucket’s CORS rules hide from this page: {0}. Ask the people who run the bucket to add {0} to \
                 ExposeHeaders, or fill it in above.",
                names.join(", ")
            )
        }
        Bar::PerhapsMore => "Say above that nothing else is to be kept.".to_owned(),
        Bar::Same => "Nothing is changed yet.".to_owned(),
        Bar::Unfit(error) => format!("S3 would not take it: {error}."),
    }
}

/// A header as the rules of a bucket name it.
const fn header(field: Field) -> &'static str {
    match field {
        Field::ContentDisposition => "Content-Disposition",
        Field::ContentEncoding => "Content-Encoding",
        other => other.header(),
    }
}

/// What may be hidden, and what to add for it to be seen.
pub(super) fn hidden(silent: &[&str]) -> String {
    let mut names = silent.to_vec();
    names.push("x-amz-meta-NAME for each name");
    format!(
        "A page sees only what the bucket’s CORS rules expose. If the object has more than is shown, these are missing among ExposeHeaders: {}.",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_done_says_why_and_whose_move_it_is() {
        assert_eq!(bar(&Bar::Role(Permission::Write), "Reader"), "The role Reader may not write here.");
        let unseen = bar(&Bar::Unseen(vec![Field::ContentDisposition, Field::ContentEncoding]), "");
        assert!(unseen.contains("add Content-Disposition, Content-Encoding to ExposeHeaders"), "{unseen}");
        assert!(hidden(&["ETag"]).ends_with("ETag, x-amz-meta-NAME for each name."));
    }

    #[test]
    fn several_things() {
        assert_eq!([several(0, 1), several(1, 0), several(2, 3)], ["1 object", "1 folder", "2 folders and 3 objects"]);
    }
}
