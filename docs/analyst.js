// A user who can read Marsad's database and nothing else: mongosh "$ADMIN_URI" --file docs/analyst.js
// MARSAD_DATABASE, ANALYST and ANALYST_PASSWORD in the environment change what is asked for.
const name = process.env.MARSAD_DATABASE || "marsad";
const user = process.env.ANALYST || "analyst";
const password = process.env.ANALYST_PASSWORD || passwordPrompt();
db.getSiblingDB(name).createUser({user: user, pwd: password, roles: [{role: "read", db: name}]});
print(`${user} may read ${name}; connect with authSource=${name}`);
