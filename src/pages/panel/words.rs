//! What the panel says.

use crate::browser::format;
use crate::model::location::Permission;
use crate::pages::operations::{may_not, objects};
use crate::state::details::{Archive, Bar, Field};
use crate::words::{t, tn};

/// Why the role may not do something.
pub(super) fn role_may_not(role: &str, permission: Permission) -> String {
    match permission {
        Permission::Versions => t!("The role {role} may not see versions here: it lacks the permission “versions”.", role = role),
        Permission::Tags => t!("The role {role} may not see tags here: it lacks the permission “tags”.", role = role),
        permission => may_not(permission, role),
    }
}

/// `2 folders and 3 objects`.
pub(super) fn several(folders: usize, number: usize) -> String {
    let all = || tn!(folders, "{count} folder", "{count} folders");
    match (folders, number as u64) {
        (0, number) => objects(number),
        (_, 0) => all(),
        (_, number) => t!("{folders} and {objects}", folders = all(), objects = objects(number)),
    }
}

/// A count that goes on.
pub(super) fn so_far(number: u64, bytes: u64) -> String {
    t!("{objects} and {size} so far", objects = objects(number), size = format::size(bytes))
}

/// What a header of the content is called.
pub(super) fn field(field: Field) -> &'static str {
    match field {
        Field::ContentType => t!("Content type"),
        Field::CacheControl => t!("Cache control"),
        Field::ContentDisposition => t!("Disposition"),
        Field::ContentEncoding => t!("Content encoding"),
        Field::ContentLanguage => t!("Language"),
        Field::Expires => t!("Expires"),
    }
}

/// Why an object cannot be changed, and whose move it is.
pub(super) fn bar(bar: &Bar, role: &str) -> String {
    match bar {
        Bar::Role(permission) => role_may_not(role, *permission),
        Bar::TooLarge => t!(
            "It is larger than 5 GiB. S3 changes metadata and storage class by a copy, and copies no more in one request. Use a program such as the AWS command line."
        )
        .to_owned(),
        Bar::Archived(Archive::Thawing) => t!("It is being restored from the archive. Once that is done it can be changed.").to_owned(),
        Bar::Archived(_) => {
            t!("It is archived, and S3 copies it only after it was restored from the archive. Ask the owner of the bucket.").to_owned()
        }
        Bar::NoEntityTag => t!(
            "Nothing would tell whether somebody else wrote it in the meantime: the bucket’s CORS rules hide its ETag. Ask the people who run the bucket to add ETag to ExposeHeaders."
        )
        .to_owned(),
        Bar::NoClass => t!(
            "A copy would change its storage class, which the bucket’s CORS rules hide. Ask the people who run the bucket to add x-amz-storage-class to ExposeHeaders."
        )
        .to_owned(),
        Bar::Unseen(fields) => {
            let names: Vec<&str> = fields.iter().map(|field| header(*field)).collect();
            t!(
                "It would lose what the bucket’s CORS rules hide from this page: {names}. Ask the people who run the bucket to add that to ExposeHeaders, or fill it in above.",
                names = names.join(", ")
            )
        }
        Bar::PerhapsMore => t!("Say above that nothing else is to be kept.").to_owned(),
        Bar::Same => t!("Nothing is changed yet.").to_owned(),
        Bar::Unfit(error) => t!("S3 would not take it: {reason}.", reason = error.to_string()),
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
    names.push(t!("x-amz-meta-NAME for each name"));
    t!(
        "A page sees only what the bucket’s CORS rules expose. If the object has more than is shown, these are missing among ExposeHeaders: {names}.",
        names = names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_done_says_why_and_whose_move_it_is() {
        assert_eq!(bar(&Bar::Role(Permission::Write), "Reader"), "The role Reader may not write here.");
        let unseen = bar(&Bar::Unseen(vec![Field::ContentDisposition, Field::ContentEncoding]), "");
        assert!(unseen.contains("from this page: Content-Disposition, Content-Encoding. Ask the people"), "{unseen}");
        assert!(hidden(&["ETag"]).ends_with("ETag, x-amz-meta-NAME for each name."));
    }

    #[test]
    fn several_things() {
        assert_eq!([several(0, 1), several(1, 0), several(2, 3)], ["1 object", "1 folder", "2 folders and 3 objects"]);
    }
}
