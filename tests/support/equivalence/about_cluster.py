"""The cluster itself, logins, rights, quotas, and what clients tell about themselves."""

from equivalence.sides import NO_ID, request

TOPIC, LITERAL, READ, ALLOW, ANY = 2, 3, 3, 3, 1
SCRAM_SHA_256 = 1
SECONDS = 20_000


@request("ApiVersions")
def software(at):
    return {"ClientSoftwareName": "raw" if at.is_known else "/", "ClientSoftwareVersion": "1"}


@request("SaslHandshake")
def plain_login(at):
    return {"Mechanism": "PLAIN" if at.is_known else "NONE"}


@request("SaslAuthenticate")
def nobodys_password(_):
    return {"AuthBytes": b"\0nobody\0password"}


@request("DescribeCluster")
def all_of_it(at):
    return {"IncludeClusterAuthorizedOperations": True, "IncludeFencedBrokers": True,
            "EndpointType": 1 if at.is_known else 9}


@request("DescribeCluster", since=1)
def its_controllers(_):
    return {"EndpointType": 2}


@request("DescribeQuorum")
def quorum(at):
    topic = "__cluster_metadata" if at.is_known else "no-such-topic"
    return {"Topics": [{"TopicName": topic, "Partitions": [{"PartitionIndex": 0}]}]}


@request("UpdateFeatures")
def of_groups(at):
    return {"timeoutMs": SECONDS, "ValidateOnly": True, "FeatureUpdates": [
        {"Feature": "group.version" if at.is_known else "no.such.feature", "MaxVersionLevel": 1,
         "UpgradeType": 1}]}


@request("UnregisterBroker")
def broker_that_is_not_there(_):
    return {"BrokerId": 77}


@request("AddRaftVoter")
def voter_of_another_cluster(_):
    return {"ClusterId": "another-cluster", "TimeoutMs": 1000, "VoterId": 77,
            "VoterDirectoryId": NO_ID, "Listeners": [
                {"Name": "CONTROLLER", "Host": "localhost", "Port": 1}]}


@request("RemoveRaftVoter")
def voter_that_is_not_there(_):
    return {"ClusterId": "another-cluster", "VoterId": 77, "VoterDirectoryId": NO_ID}


# Rights


def acl_filter(name):
    return {"ResourceTypeFilter": TOPIC, "ResourceNameFilter": name, "PatternTypeFilter": LITERAL,
            "PrincipalFilter": None, "HostFilter": None, "Operation": ANY, "PermissionType": ANY}


def acl(name, principal="User:reader"):
    return {"ResourceType": TOPIC, "ResourceName": name, "ResourcePatternType": LITERAL,
            "Principal": principal, "Host": "*", "Operation": READ, "PermissionType": ALLOW}


@request("CreateAcls")
def one_that_can_be(at):
    return {"Creations": [acl(at.own("acl"), "User:reader" if at.is_known else "nobody")]}


@request("DescribeAcls")
def one_of_a_topic(at):
    name = at.own("acl")
    if at.is_known and at.world.has_rights:
        at.call("CreateAcls", 2, {"Creations": [acl(name)]})
        at.wait_for("DescribeAcls", 2, acl_filter(name), lambda answer: answer["Resources"])
    return acl_filter(name)


@request("DeleteAcls")
def deleted_of_a_topic(at):
    name = at.own("acl")
    if at.is_known and at.world.has_rights:
        at.call("CreateAcls", 2, {"Creations": [acl(name)]})
    return {"Filters": [acl_filter(name)]}


# Delegation tokens


def token_for(kind):
    return {"Renewers": [{"PrincipalType": kind, "PrincipalName": "renewer"}],
            "MaxLifetimeMs": 600_000}


def token(at):
    """What proves that one has it."""
    if at.is_known and at.world.has_tokens:
        return at.call("CreateDelegationToken", 2, token_for("User"))["Hmac"]
    return b"no such token"


@request("CreateDelegationToken")
def new_token(at):
    return token_for("User" if at.is_known else "Thing")


@request("RenewDelegationToken")
def renewed(at):
    return {"Hmac": token(at), "RenewPeriodMs": 1000}


@request("ExpireDelegationToken")
def expired(at):
    return {"Hmac": token(at), "ExpiryTimePeriodMs": -1}


@request("DescribeDelegationToken")
def tokens_of_one(at):
    return {"Owners": [{"PrincipalType": "User", "PrincipalName": "owner" if at.is_known else "x"}]}


# Quotas and passwords


def quota(at, value=1e6):
    key = "producer_byte_rate" if at.is_known else "no_such_rate"
    return {"Entries": [{"Entity": [{"EntityType": "user", "EntityName": at.own("limited")}],
                         "Ops": [{"Key": key, "Value": value}]}]}


@request("AlterClientQuotas")
def of_a_user(at):
    return quota(at)


@request("DescribeClientQuotas")
def of_a_limited_user(at):
    asked = {"Components": [{"EntityType": "user" if at.is_known else "thing", "MatchType": 0,
                             "Match": at.own("limited")}]}
    if at.is_known:
        at.call("AlterClientQuotas", 0, quota(at))
        at.wait_for("DescribeClientQuotas", 0, asked, lambda answer: answer["Entries"])
    return asked


def password(name):
    return {"Upsertions": [{"Name": name, "Mechanism": SCRAM_SHA_256, "Iterations": 4096,
                            "Salt": b"salt" * 4, "SaltedPassword": b"password" * 4}]}


@request("AlterUserScramCredentials")
def new_password(at):
    return password(at.own("user") if at.is_known else "")


@request("AlterUserScramCredentials")
def password_that_is_not_there(at):
    return {"Deletions": [{"Name": at.own("user"), "Mechanism": SCRAM_SHA_256}]}


@request("DescribeUserScramCredentials")
def user_that_is_not_there(at):
    return {"Users": [{"Name": at.own("user")}]}


# What clients measure


@request("GetTelemetrySubscriptions")
def wanted(at):
    return {"ClientInstanceId": at.topic_id}


@request("PushTelemetry")
def measured(at):
    return {"ClientInstanceId": at.topic_id, "SubscriptionId": 1, "Metrics": b"none"}
