// Step 5: AWS believes this server, so who may have the role is decided here. Vestibule looks at the groups in the access
// token, which it verifies too; this is a list of subjects.
const PEOPLE: &[&str] = &["b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"];
/// Claims that become tags beside the subject. Vestibule reads them in the access token; here the balancer's header has them.
const TAG_CLAIMS: &[&str] = &["department"];

/// The first tag is the subject.
fn tags_of(person: &Value) -> Result<Vec<(&str, &str)>, Box<dyn Error>> {
    let subject = person["sub"].as_str().filter(|subject| PEOPLE.contains(subject)).ok_or("this person may not have the role")?;
    let mut tags = vec![("subject", subject)];
    for claim in TAG_CLAIMS {
        tags.push((claim, person[claim].as_str().ok_or("a claim is missing")?));
    }
    Ok(tags)
}

