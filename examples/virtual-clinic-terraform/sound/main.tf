# The clinic's records, documents and roles in Terraform; what stands in network.yaml and the API is left out here.
provider "aws" {
  region = "us-east-1"
}

resource "aws_kms_key" "data" {
  description             = "Patient records, documents and secrets"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = { TenantId = "pooled", Environment = "production" }
  lifecycle {
    prevent_destroy = true
  }
}

# One table for every clinic. pk is TENANT#<clinic>#PATIENT#<id>; the index starts with the same two parts.
resource "aws_dynamodb_table" "patients" {
  name                        = "virtual-clinic-patients"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = true
  attribute {
    name = "pk"
    type = "S"
  }
  attribute {
    name = "sk"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
  tags = { TenantId = "pooled", Environment = "production" }
  lifecycle {
    prevent_destroy = true
  }
}

# Referrals, lab results and images under tenant/<clinic>/.
resource "aws_s3_bucket" "documents" {
  bucket = "virtual-clinic-documents-111122223333"
  tags   = { TenantId = "pooled", Environment = "production" }
  lifecycle {
    prevent_destroy = true
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "documents" {
  bucket = aws_s3_bucket.documents.id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.data.arn
    }
  }
}
resource "aws_s3_bucket_versioning" "documents" {
  bucket = aws_s3_bucket.documents.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_s3_bucket_public_access_block" "documents" {
  bucket                  = aws_s3_bucket.documents.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_policy" "documents" {
  bucket = aws_s3_bucket.documents.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.documents.arn, "${aws_s3_bucket.documents.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

# The only role that reaches records. The token-vending function alone may tag its sessions with a clinic.
resource "aws_iam_role" "patient_tenant" {
  name                 = "virtual-clinic-patient-tenant"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = aws_iam_role.token_vending.arn }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringLike                  = { "aws:RequestTag/TenantId" = "?*" }
        "ForAllValues:StringEquals" = { "aws:TagKeys" = ["TenantId"] }
      }
    }]
  })
  tags = { TenantId = "pooled", Environment = "production" }
}
resource "aws_iam_role_policy" "one_clinic" {
  name = "one-clinic"
  role = aws_iam_role.patient_tenant.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "RecordsOfTheClinic"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
        Resource = aws_dynamodb_table.patients.arn
        Condition = {
          "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["TENANT#$${aws:PrincipalTag/TenantId}#*"] }
          # A request without keys would satisfy ForAllValues.
          Null = { "dynamodb:LeadingKeys" = "false" }
        }
      },
      {
        Sid      = "DocumentsOfTheClinic"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = "${aws_s3_bucket.documents.arn}/tenant/$${aws:PrincipalTag/TenantId}/*"
      },
    ]
  })
}

resource "aws_iam_role" "token_vending" {
  name = "virtual-clinic-token-vending"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
  tags = { TenantId = "pooled", Environment = "production" }
}
resource "aws_iam_role_policy" "vend" {
  name = "vend"
  role = aws_iam_role.token_vending.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["sts:AssumeRole", "sts:TagSession"]
      Resource = "arn:aws:iam::111122223333:role/virtual-clinic-patient-tenant"
    }]
  })
}

# No statement on records or documents: what this function reads, it reads with vended credentials.
resource "aws_iam_role" "patient_api" {
  name = "virtual-clinic-patient-api"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
  tags = { TenantId = "pooled", Environment = "production" }
}
resource "aws_lambda_function" "patient_api" {
  function_name                  = "virtual-clinic-patient-api"
  role                           = aws_iam_role.patient_api.arn
  runtime                        = "python3.13"
  handler                        = "patient_api.handle"
  s3_bucket                      = "artifacts"
  s3_key                         = "patient_api.zip"
  reserved_concurrent_executions = 200
  kms_key_arn                    = aws_kms_key.data.arn
  tracing_config {
    mode = "Active"
  }
  tags = { TenantId = "pooled", Environment = "production" }
}
