"""Credentials in commands, headers, statements and addresses, and what only looks like them.

Options are those of the manual page of each command.
"""

from __future__ import annotations

import base64
import re

import pytest

from scanner.inputs.secret_spans import SecretSpans
from scanner.model.secrets import scrubbed, without_secrets
from scanner.text.reading import read
from tests.case_names import case_name

WORD = "Hk7vTrust9Zq"
KEY = f"-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA{WORD}\n-----END RSA PRIVATE KEY-----\n"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        *("curl -u admin:WORD https://h", "curl -uadmin:WORD https://h", "curl -sSu 'admin:WORD' https://h"),
        *(
            'curl --user "admin:WORD" https://h',
            "curl --user=a:WORD h",
            "curl --proxy-user p:WORD h",
            "curl -U p:WORD h",
        ),
        *("curl -k \\\n  -u admin:WORD https://h", '["curl", "-u", "admin:WORD", "https://h"]', "http -a u:WORD h"),
        *('curl -H "X-Api-Key: WORD" h', "curl -H 'X-Vault-Token: WORD' h", "curl -H 'PRIVATE-TOKEN: WORD' h"),
        *('curl -H "Authorization: token WORD" h', "wget --http-password=WORD h", "wget --user a --password WORD h"),
        *("mysql -u root -pWORD db", "mysqldump -h h -p'WORD' db", "mysqladmin -u root password 'WORD'"),
        *("sshpass -p WORD ssh u@h", "sshpass -pWORD ssh u@h", "docker login -u u -p WORD r", "podman login -p WORD r"),
        *("echo WORD | docker login --password-stdin", 'echo "u:WORD" | sudo chpasswd', 'chpasswd <<< "u:WORD"'),
        *("redis-cli -h h -a WORD ping", "mongodump -u u -p WORD", "sqlcmd -U sa -P 'WORD'", "bcp x out y -P WORD"),
        *("ldapsearch -x -D cn=a -w WORD", "htpasswd -bc /etc/f admin WORD", "smbclient //h/s -U u%WORD"),
        *("net user admin WORD /add", "openssl rsa -passin pass:WORD", "keytool -storepass WORD -noprompt"),
        *("aws configure set aws_secret_access_key WORD", "aws secretsmanager create-secret --secret-string 'WORD'"),
        *("aws ssm put-parameter --name /a --type SecureString --value WORD", "rabbitmqctl add_user u WORD"),
        *("npm config set //r/:_authToken WORD", "//registry.npmjs.org/:_authToken=WORD", "twine upload -u u -p WORD"),
        *("machine h login u password WORD", "mount -o username=u,pass=WORD", "unzip -P WORD f.zip", "7z x -pWORD f"),
        *("kubectl create secret generic x --from-literal=api-key=WORD", "cmdkey /user:u /pass:WORD"),
        *(
            "CREATE USER u IDENTIFIED BY 'WORD'",
            "CREATE ROLE r LOGIN PASSWORD 'WORD'",
            "SET PASSWORD = PASSWORD('WORD')",
        ),
        *("jdbc:oracle:thin:u/WORD@//h:1521/s", "sqlplus u/WORD@h", "postgres://u:pa/WORD@h/d", "ftp://u:x@WORD@h/d"),
        *("SharedAccessKeyName=n;SharedAccessKey=WORD", "https://h/c?sv=1&sig=WORD", "https://h/x?token=WORD"),
        *("export TOKEN=WORD", "DB_PW=WORD", 'os.environ["DB_PASSWD"] = "WORD"', "<password>WORD</password>"),
        *(
            '<add key="ApiKey" value="WORD"/>',
            "password => 'WORD'",
            'password := "WORD"',
            'db_passwd="four words of WORD"',
        ),
        *('ConvertTo-SecureString "WORD" -AsPlainText', "requests.get(u, auth=('u', 'WORD'))"),
    ],
)
def test_credentials_of_commands_headers_statements_and_addresses(text: str) -> None:
    assert WORD not in scrubbed(re.sub(r"(?<![A-Z])WORD", WORD, text))


@pytest.mark.parametrize(
    "text",
    [
        *("docker run -p 80:80 -u 1000:1000 image", "curl -fsS https://h/x && docker run --user 1000:1000 image"),
        *('curl -u "$USER:$PASS" https://h', 'curl -u "${USER}:${PASS}" h', "curl -u $USER:$PASS https://h:443/x"),
        *("curl -o x https://h:8443/a", "TOKEN=$(curl -X PUT http://h)", "TOKEN=`curl -X PUT http://h`"),
        *('curl -H "X-aws-ec2-metadata-token: $TOKEN" h', 'curl -H "X-aws-ec2-metadata-token-ttl-seconds: 21600" h'),
        *("mysql -u root -p db", 'mysql -u root -p"$PW" db', "mysql -u root -p${PW} db", "ssh -p 2222 u@h"),
        *("sshpass -f file ssh -p 2222 u@h", "sshpass -e ssh -p 22 u@h", "docker login -u AWS --password-stdin"),
        *("docker login -u AWS -p $(aws ecr get-login-password) r", 'echo "$PW" | docker login --password-stdin'),
        *("echo done | tee /var/log/x", "useradd -m -p '' bob", "vault login -method=aws", "vault login page"),
        *(
            "Basic authentication of users",
            "Basic Lambda2Execution",
            "basic YWJjZGVmZ2g=",
            "login with your password now",
        ),
        *("identified by its name", "CREATE USER u IDENTIFIED BY '${pw}'", "SECRET=prod/db", "--token-file /x"),
        *(
            "https://user@bitbucket.org/x",
            "ssh://APKAEIBAERJR2EXAMPLE@git-codecommit.us-east-1.amazonaws.com/v1/repos/x",
        ),
        *("https://h:8443/x?y=a@b.example", "postgres://h:5432/d?options=a@b", "jdbc:oracle:thin:@//h:1521/s"),
        *(
            "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "x-amazon-apigateway-api-key-source: HEADER",
        ),
        *("sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", encoded("echo hello to the whole world, and more")),
        *("Authorization: AWS4-HMAC-SHA256", "IdentitySource: $request.header.Authorization", 'k = os.environ["KEY"]'),
        *('secret_key = os.environ["K"]', "password = getpass()", "aws configure set region us-east-1"),
    ],
)
def test_what_only_looks_like_credentials(text: str) -> None:
    assert scrubbed(text) == text


@pytest.mark.parametrize(
    "text", [KEY, f"curl -u admin:{WORD} https://h", f"postgres://app:{WORD}@db/records", f'{{"password": "{WORD}"}}']
)
def test_what_stands_behind_base64(text: str) -> None:
    run = encoded(text)
    assert run[:-4] not in scrubbed(f"echo {run} | base64 -d > file")
    assert encoded(f"app:{WORD}") not in scrubbed(f"Authorization: Basic {encoded(f'app:{WORD}')}")


@pytest.mark.parametrize(
    "node",
    [
        {"Command": ["curl", "-u", f"admin:{WORD}", "https://h"]},
        {"Command": ["mysql", "-u", "root", f"-p{WORD}"]},
        {"Command": ["docker", "login", "-u", "x", "-p", WORD, "r"]},
        {"X": {"Fn::Join": ["", ["postgres://u:", WORD, "@", {"Ref": "Host"}]]}},
        {"X": {"Fn::Join": [" ", ["curl", "-u", f"a:{WORD}", {"Ref": "Host"}]]}},
        {"X": {"Fn::Join": [":", ["curl -u a", WORD]]}},
        {"X": {"Fn::Join": ["", ["-----BEGIN RSA PRIVATE KEY-----\n", WORD, "\n-----END RSA PRIVATE KEY-----"]]}},
    ],
    ids=case_name,
)
def test_what_is_a_secret_only_together(node: object) -> None:
    """Each piece alone says nothing, so that snippets and bundles showed them."""
    shown, places = without_secrets("AWS::X::Y", node)
    assert places
    assert WORD not in str(shown)


@pytest.mark.parametrize(
    "text",
    [
        f"Resources: {{A: {{Type: X, Properties: {{P: [--password={WORD}], B: [curl, -u, a:{WORD}, 'x'], C: d}}}}}}\n",
        f'{{"Resources": {{"A": {{"Type": "X", "Properties": {{"K": ["-----BEGIN PRIVATE KEY-----","{WORD}"]}}}}}}}}',
        # A line of user data that stands elsewhere, too, with the signs around it.
        "Resources:\n  A:\n    Type: X\n    Properties:\n      UserData:\n        Fn::Join:\n        - ''\n"
        f'        - - "curl -u a:{WORD}"\n          - " https://h.example\\n"\n      Tags:\n      - https://h.example\n',
    ],
)
def test_the_rest_is_read_as_before(text: str) -> None:
    """What is found in the text of the file was taken out with the brackets and quotes of its neighbours."""
    path = "t.json" if text.startswith("{") else "t.yaml"
    document = read(text.encode(), path, cloudformation=True)
    replaced = SecretSpans(document).replaced()
    assert WORD not in replaced

    def shape(node: object) -> object:
        if isinstance(node, dict):
            return {key: shape(child) for key, child in node.items()}
        return [shape(child) for child in node] if isinstance(node, list) else None

    assert shape(read(replaced.encode(), path, cloudformation=True).data) == shape(document.data)


@pytest.mark.parametrize(
    "text", ["curl ", "curl \\\n", "https ", "mysql -p", "://", "Basic ", "A" * 30 + " ", "echo a "]
)
def test_time_grows_with_the_text(text: str) -> None:
    """100 KB of what begins a detector over and over; some 0.3 s of CPU where a bound is lost is minutes."""
    scrubbed(text * (100_000 // len(text)))
