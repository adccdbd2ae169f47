# Step 5: AWS believes this server, so who may have the role is decided here. Vestibule looks at the groups in the access
# token, which it verifies too; this is a list of subjects.
PEOPLE = ["b1e5c0de-0001-4a6b-8c3d-5f0e7a9b2c41"]
# Claims that become tags beside the subject. Vestibule reads them in the access token; here the balancer's header has them.
TAG_CLAIMS = ["department"]


def tags_of(person: dict) -> dict:
    if person["sub"] not in PEOPLE:
        raise PermissionError("this person may not have the role")
    return {"subject": person["sub"], **{claim: person[claim] for claim in TAG_CLAIMS}}


