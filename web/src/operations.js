// What a newcomer finds in the tabs. GraphiQL names a tab after its operation; lines fit half a laptop's screen.
const dashboard = `# Sign in above, then press play (or Ctrl-Enter).
#
# Who am I, and what was referred to my programs?
# \`feedHead\` is where the feed stands: read it
# along with a list, follow the feed from there,
# and you miss nothing.

query Dashboard {
  viewer {
    user { name }
    feedHead
    inboundReferrals(first: 10) {
      nodes {
        id
        version
        status
        createdAt
        client { firstName lastName }
        program { name }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}
`;

const setStatus = `# Move a referral on: copy its \`id\` from the
# Dashboard into the variables below.
#
# Given \`expectedVersion\`, too, the server refuses
# if someone else was faster. What it refuses, it
# explains in \`userErrors\`.

mutation SetStatus(
  $input: ReferralSetStatusInput!
) {
  referralSetStatus(input: $input) {
    referral { id version status updatedAt }
    userErrors { code message field }
  }
}
`;

const setStatusVariables = `{
  "input": {
    "id": "",
    "status": "PENDING"
  }
}
`;

const liveFeed = `# Press play to follow what happens; press again
# to stop. To see a change arrive, set a status in
# a second window: leaving this tab stops it.
#
# As \`after\`, give a \`feedHead\`, or the last
# \`cursor\` you saw, and you miss nothing since.

subscription LiveFeed($after: FeedCursor) {
  feed(after: $after) {
    __typename
    ... on ReferralChanged {
      cursor
      action
      occurredAt
      actor { name }
      fromStatus
      toStatus
      referral { id version status }
    }
    ... on AccessEnded { cursor id }
    ... on FeedCheckpoint { cursor }
    ... on ResyncRequired { reason }
  }
}
`;

export const operations = [
  { query: dashboard },
  { query: setStatus, variables: setStatusVariables },
  { query: liveFeed },
];
